/** `npm start` as a newcomer runs it: in a fresh checkout in a private folder, with the documented commands. Nothing is left behind. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { checkOut, leftovers, pathWithoutJava, remove, users, type Checkout } from './stranger.ts';
import { killAll, processes, READY, running, send, type, untilNoProcess, type TypedCommand } from './typed.ts';

jest.setTimeout(120_000);

/** The steps of a first start in their order: each test continues with the data of the one before. */
const MOMENTS: readonly { when: string; reached: (app: TypedCommand) => unknown }[] = [
  { when: 'right after it was typed', reached: () => undefined },
  { when: 'when Node begins', reached: (app) => app.untilRuns(/scripts\/run\.mjs start/) },
  { when: 'while Postgres initialises', reached: (app) => app.untilRuns(/bin\/initdb/) },
  { when: 'while Kafka formats', reached: (app) => app.untilRuns(/StorageTool/) },
  { when: 'while migrations run', reached: (app) => app.untilPrinted(/applying migrations/) },
  { when: 'while Kafka starts', reached: (app) => app.untilRuns(/kafka\.Kafka/) },
  { when: 'just before it is ready', reached: (app) => app.untilRuns(/src\/launch\.ts/) },
];

// The tests find remaining processes in /proc.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux.each(users().map((user, index) => ({ ...user, index })))('npm start as $name', (user) => {
  let checkout: Checkout;
  const start = (env: NodeJS.ProcessEnv = {}) => type(checkout, 'npm', ['start'], env);

  beforeAll(async () => {
    checkout = await checkOut(user);
  });

  afterEach(async () => {
    await killAll(checkout);
  });

  afterAll(() => {
    remove(checkout);
  });

  test('stopped while packages are installed', async () => {
    const modules = join(checkout.folder, 'node_modules');
    renameSync(modules, `${modules}.away`);
    const app = start();
    await app.until('a package was installed', () => existsSync(modules) && readdirSync(modules).length > 0);
    if (user.index % 2 === 0) send(app.pid, 'SIGTERM');
    else send(-app.pid, 'SIGINT');
    await untilNoProcess(checkout);
    rmSync(modules, { recursive: true, force: true });
    renameSync(`${modules}.away`, modules);
  });

  test.each(MOMENTS.map((moment, index) => ({ ...moment, index })))('stopped $when', async ({ reached, index }) => {
    const app = start();
    await reached(app);
    // One user stops it by SIGTERM to npm alone, the other by Ctrl-C, which reaches the whole group.
    if ((index + user.index) % 2 === 0) send(app.pid, 'SIGTERM');
    else send(-app.pid, 'SIGINT');
    await untilNoProcess(checkout);
    expect(leftovers(checkout)).toEqual([]);
    expect(app.output()).not.toContain('stopping at once');
    // Earlier, no process handles signals yet.
    if (index >= 2) expect(await app.exited).toBe(0);
  });

  test('a whole start, the demo, and SIGTERM to npm alone', async () => {
    const app = start();
    await app.untilPrinted(READY);
    const commands = processes(checkout).map(({ command }) => command);
    for (const program of [/src\/launch\.ts/, /kafka\.Kafka/, /bin\/postgres/]) {
      expect(commands).toContainEqual(expect.stringMatching(program));
    }
    // The file has the password of the database.
    expect(statSync(join(checkout.folder, '.embedded', 'running.json')).mode & 0o777).toBe(0o600);

    const demo = type(checkout, 'npm', ['run', 'demo']);
    const code = await demo.exited;
    expect({ code, output: code === 0 ? '' : demo.output() }).toEqual({ code: 0, output: '' });

    const file = join(checkout.folder, '.embedded', 'running.json');
    const text = readFileSync(file, 'utf8');
    const { brokers, databaseUrl, httpUrl } = running(checkout)!;
    for (const args of [
      ['topics'],
      ['migrate'],
      ['offsets', '--', 'show'],
      ['parked', '--', 'show'],
      ['dead-letters', '--', 'show'],
    ]) {
      // prettier-ignore
      const command = type(checkout, 'npm', ['run', '--silent', ...args]);
      expect({ args, code: await command.exited }).toEqual({ args, code: 0 });
      expect(command.output()).toMatch(/^using the (broker|database) of the running npm start: 127\.0\.0\.1:\d+/m);
      expect(command.output()).not.toContain(new URL(databaseUrl).password);
    }
    // A given broker is not combined with the database of the running npm start.
    const mixed = type(checkout, 'npm', ['run', '--silent', 'offsets', '--', 'show'], { KAFKA_BROKERS: '127.0.0.1:1' });
    expect(await mixed.exited).toBe(1);
    expect(mixed.output()).toMatch(
      /^npm run offsets: DATABASE_URL is not set, and the running npm start has another broker/,
    );

    send(app.pid, 'SIGTERM');
    await untilNoProcess(checkout);
    expect(await app.exited).toBe(0);
    // A killed start leaves this file.
    writeFileSync(file, text);
    for (const [name, variable] of [
      ['topics', 'KAFKA_BROKERS'],
      ['demo', 'KAFKA_BROKERS'],
    ] as const) {
      // prettier-ignore
      const command = type(checkout, 'npm', ['run', '--silent', name], name === 'demo' ? { PET_SERVICE_URL: httpUrl } : {});
      expect(await command.exited).toBe(1);
      expect(command.output()).toBe(
        `npm run ${name}: ${variable} is not set, and no npm start is running. Set ${variable} (host:port), or run npm start ` +
          'in another terminal. Correct the variables named here and start again. (CONFIG_INVALID)\n',
      );
      expect(command.output()).not.toContain(brokers);
    }
    rmSync(file);
    const stopped = [...app.output().matchAll(/^stopped (\w+)/gm)].map(([, name]) => name);
    expect(stopped).toEqual(['service', 'broker', 'database']);
    expect(leftovers(checkout)).toEqual([]);
    // Colours are for terminals.
    expect(app.output() + demo.output()).not.toContain('\u001b');
  });

  test('a second start has the data; if the broker dies, the other processes end with a message', async () => {
    const begun = Date.now();
    const app = start();
    await app.untilPrinted(READY);
    process.stderr.write(`second start as ${user.name}: ready after ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
    const database = new pg.Client({ connectionString: running(checkout)?.databaseUrl });
    await database.connect();
    const { rows } = await database.query<{ pets: number }>('SELECT count(*)::int AS pets FROM pet');
    await database.end();
    expect(rows[0]?.pets).toBeGreaterThan(0);

    const broker = await app.untilRuns(/kafka\.Kafka/);
    send(broker.pid, 'SIGKILL');
    await untilNoProcess(checkout);
    expect(app.output()).toMatch(
      /The Kafka broker was killed by SIGKILL[\s\S]*stopping the rest[\s\S]*stopped database/,
    );
    expect(await app.exited).toBe(1);
  });

  test('without Java it reports what is missing and how to install it', async () => {
    const app = start({ PATH: pathWithoutJava(checkout) });
    expect(await app.exited).not.toBe(0);
    expect(app.output()).toMatch(/needs Java 17 or later, but there is no "java" on PATH\. Install it/);
    await untilNoProcess(checkout);
  });
});
