/** `npm start` the stranger's way: a checkout in a private folder, commands typed as written, nothing left behind. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { fetchJars } from '../../scripts/embedded/jars.ts';
import { checkOut, pathWithoutJava, remove, type, users, type Checkout, type Typed } from './stranger.ts';

/** What a stop may take, by promise. */
const STOP_LIMIT_MS = 10_000;
const READY = /pet-service is ready[\s\S]*npm run demo/;

jest.setTimeout(180_000);

beforeAll(async () => {
  await fetchJars((line) => process.stderr.write(`${line}\n`));
});

// /proc is how the tests see that nothing is left.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux.each(users())('npm start as $name', (user) => {
  let checkout: Checkout;
  let typed: Typed | undefined;
  const start = (env: NodeJS.ProcessEnv = {}) => (typed = type(checkout, 'npm', ['start'], env));
  const running = () => {
    const file = join(checkout.folder, '.embedded', 'running.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { databaseUrl: string }) : undefined;
  };

  beforeAll(() => {
    checkout = checkOut(user);
  });

  afterEach(async () => {
    // A test that failed half-way must not leave servers to the next.
    await typed?.kill();
    typed = undefined;
  });

  afterAll(() => {
    remove(checkout);
  });

  test('a first start, the demo, and SIGTERM to npm alone', async () => {
    const app = start();
    await app.untilPrinted(READY);
    const commands = app.tree().map(({ command }) => command);
    for (const part of [/src\/main\.ts/, /kafka\.Kafka/, /bin\/postgres/]) {
      expect(commands).toContainEqual(expect.stringMatching(part));
    }
    // It holds the password of the database.
    expect(statSync(join(checkout.folder, '.embedded', 'running.json')).mode & 0o777).toBe(0o600);

    const demo = type(checkout, 'npm', ['run', 'demo']);
    const code = await demo.exited;
    expect({ code, output: code === 0 ? '' : demo.output() }).toEqual({ code: 0, output: '' });

    process.kill(app.pid, 'SIGTERM');
    await app.untilGone(STOP_LIMIT_MS);
    expect(await app.exited).toBe(0);
    const stopped = [...app.output().matchAll(/^stopped (\w+)/gm)].map(([, name]) => name);
    expect(stopped).toEqual(['service', 'broker', 'database']);
    expect(running()).toBeUndefined();
  });

  test('a second start has the data; Ctrl-C reaches the whole group and stops it once', async () => {
    const begun = Date.now();
    const app = start();
    await app.untilPrinted(READY);
    process.stderr.write(`second start as ${user.name}: ready after ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
    app.tree();
    const database = new pg.Client({ connectionString: running()?.databaseUrl });
    await database.connect();
    const { rows } = await database.query<{ pets: number }>('SELECT count(*)::int AS pets FROM pet');
    await database.end();
    expect(rows[0]?.pets).toBeGreaterThan(0);

    process.kill(-app.pid, 'SIGINT');
    await app.untilGone(STOP_LIMIT_MS);
    expect(app.output()).not.toContain('stopping at once');
    expect(app.output()).toContain('stopped database');
    expect(await app.exited).toBe(0);
  });

  test('a broker that dies ends the others, with a message', async () => {
    const app = start();
    await app.untilPrinted(READY);
    const broker = app.tree().find(({ command }) => command.includes('kafka.Kafka'));
    process.kill(broker?.pid ?? 0, 'SIGKILL');
    await app.untilGone(STOP_LIMIT_MS);
    expect(app.output()).toMatch(
      /The Kafka broker was killed by SIGKILL[\s\S]*stopping the rest[\s\S]*stopped database/,
    );
    expect(await app.exited).toBe(1);
  });

  test('a signal during the start cleans up', async () => {
    const app = start();
    await app.untilRuns(/kafka\.Kafka/);
    process.kill(app.pid, 'SIGTERM');
    await app.untilGone(STOP_LIMIT_MS);
    expect(await app.exited).toBe(0);
    expect(app.output()).not.toMatch(READY);
  });

  test('a start that is killed leaves nothing for long, and the next one works', async () => {
    const killed = start();
    await killed.untilPrinted(READY);
    for (const { pid, command } of killed.tree()) {
      if (/^npm|scripts\/start/.test(command)) process.kill(pid, 'SIGKILL');
    }
    const next = start();
    await next.untilPrinted(READY);
    next.tree();
    process.kill(next.pid, 'SIGTERM');
    await next.untilGone(STOP_LIMIT_MS);
    await killed.untilGone(STOP_LIMIT_MS);
  });

  test('without Java it says what is missing and how to get it', async () => {
    const app = start({ PATH: pathWithoutJava(checkout) });
    expect(await app.exited).not.toBe(0);
    expect(app.output()).toMatch(/needs Java 17 or later, but there is no "java" on PATH\. Install it/);
    await app.untilGone(STOP_LIMIT_MS);
  });
});
