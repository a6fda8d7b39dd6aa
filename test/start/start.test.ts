/** `npm start` as a newcomer runs it: in a fresh checkout in a private folder, with the documented commands. Nothing is left behind. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { checkOut, leftovers, pathWithoutJava, remove, users, type Checkout } from './stranger.ts';
import {
  killAll,
  processes,
  READY,
  running,
  runScript,
  send,
  type,
  untilNoProcess,
  type TypedCommand,
} from './typed.ts';

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

const DEFAULTS = { 8080: 'HTTP side', 9092: 'broker', 5432: 'database' };

/** Listens on the port. Returns undefined if another process does, which serves the tests as well. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

// The tests find remaining processes in /proc.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('npm start', () => {
  const USERS = users().map((user, index) => ({ ...user, index }));
  /** One of each user; two of the same one if the tests do not run as root. */
  const checkouts: Checkout[] = [];
  const start = (checkout: Checkout, env: NodeJS.ProcessEnv = {}) => type(checkout, 'npm', ['start'], env);

  beforeAll(async () => {
    for (const user of [users().at(0)!, users().at(-1)!]) checkouts.push(await checkOut(user));
  });

  afterAll(async () => {
    for (const checkout of checkouts) {
      await killAll(checkout);
      remove(checkout);
    }
  });

  test('a port in HTTP_PORT that is in use causes an error with a remedy', async () => {
    const server = await listen(0);
    const port = String((server!.address() as AddressInfo).port);
    const app = start(checkouts[0]!, { HTTP_PORT: port });
    const code = await app.exited;
    server!.close();
    expect(code).toBe(1);
    expect(app.output()).toContain(
      `HTTP_PORT is ${port}, and something listens on 127.0.0.1:${port} already. Stop that,`,
    );
    await untilNoProcess(checkouts[0]!);
    expect(readdirSync(join(checkouts[0]!.folder, '.embedded'))).toEqual([expect.stringMatching(/^kafka-jars-\w+$/)]);
  });

  describe.each(USERS)('as $name', (user) => {
    const checkout = () => checkouts[user.index]!;

    afterEach(async () => {
      await killAll(checkout());
    });

    test('stopped while packages are installed', async () => {
      const modules = join(checkout().folder, 'node_modules');
      renameSync(modules, `${modules}.away`);
      const app = start(checkout());
      await app.until('a package was installed', () => existsSync(modules) && readdirSync(modules).length > 0);
      if (user.index % 2 === 0) send(app.pid, 'SIGTERM');
      else send(-app.pid, 'SIGINT');
      await untilNoProcess(checkout());
      rmSync(modules, { recursive: true, force: true });
      renameSync(`${modules}.away`, modules);
    });

    test.each(MOMENTS.map((moment, index) => ({ ...moment, index })))('stopped $when', async ({ reached, index }) => {
      const app = start(checkout());
      await reached(app);
      // One user stops it by SIGTERM to npm alone, the other by Ctrl-C, which reaches the whole group.
      if ((index + user.index) % 2 === 0) send(app.pid, 'SIGTERM');
      else send(-app.pid, 'SIGINT');
      await untilNoProcess(checkout());
      expect(leftovers(checkout())).toEqual([]);
      const code = await app.exited;
      expect(app.output()).not.toContain('stopping at once');
      // Earlier, no process handles signals yet.
      if (index >= 2) expect(code).toBe(0);
    });
  });

  describe('two checkouts that start concurrently, with the default ports taken', () => {
    const taken: (Server | undefined)[] = [];
    let apps: readonly TypedCommand[];
    let demos: readonly TypedCommand[];

    beforeAll(async () => {
      for (const port of Object.keys(DEFAULTS)) taken.push(await listen(Number(port)));
      apps = checkouts.map((checkout) => start(checkout));
      await Promise.all(apps.map((app) => app.untilPrinted(READY)));
      // They wait for hunger most of their time: the tests below run meanwhile.
      demos = checkouts.map((checkout) => type(checkout, 'npm', ['run', 'demo']));
    });

    afterAll(async () => {
      for (const checkout of checkouts) await killAll(checkout);
      for (const server of taken) server?.close();
    });

    test('find free ports', () => {
      const ports = apps.flatMap((app) =>
        Object.entries(DEFAULTS).map(([port, who]) => {
          const moved = new RegExp(`^port ${port} is taken: the ${who} takes (\\d+)$`, 'm').exec(app.output());
          return moved?.[1] ?? `${who} stays on ${port}`;
        }),
      );
      expect(new Set(ports).size).toBe(6);
      expect(ports).toEqual(ports.map(() => expect.stringMatching(/^\d+$/)));
    });

    test.each(USERS)("operators' commands find the broker and the database of $name", async ({ index }) => {
      const checkout = checkouts[index]!;
      const { brokers, databaseUrl } = running(checkout)!;
      const { host, password } = new URL(databaseUrl);
      const untilDone = async (name: string, command: TypedCommand) => {
        expect({ name, code: await command.exited }).toEqual({ name, code: 0 });
        const [, address] =
          /^using the (?:broker|database) of the running npm start: (127\.0\.0\.1:\d+)/m.exec(command.output()) ?? [];
        expect([brokers, host]).toContain(address);
        expect(command.output()).not.toContain(password);
      };
      // It waits for the broker most of its time.
      const offsets = runScript(checkout, 'offsets', ['show']);
      for (const [name, ...args] of [['topics'], ['migrate'], ['parked', 'show'], ['dead-letters', 'show']] as const) {
        await untilDone(name, runScript(checkout, name, args));
      }
      await untilDone('offsets', offsets);
      // A given broker is not combined with the database of the running npm start.
      const mixed = runScript(checkout, 'offsets', ['show'], { KAFKA_BROKERS: '127.0.0.1:1' });
      expect(await mixed.exited).toBe(1);
      expect(mixed.output()).toMatch(
        /^npm run offsets: DATABASE_URL is not set, and the running npm start has another broker/,
      );
    });

    test('each demo finds its own service', async () => {
      for (const [index, demo] of demos.entries()) {
        const code = await demo.exited;
        expect({ code, output: code === 0 ? '' : demo.output() }).toEqual({ code: 0, output: '' });
        // Colours are for terminals.
        expect(demo.output()).not.toContain('\u001b');
        const [, character] = /"actorId":(\d+)/.exec(demo.output()) ?? [];
        const database = new pg.Client({ connectionString: running(checkouts[index]!)!.databaseUrl });
        await database.connect();
        const { rows } = await database.query('SELECT owner_id AS character FROM owner');
        await database.end();
        expect(rows).toEqual([{ character }]);
      }
    });

    test('Ctrl-C stops everything of both', async () => {
      for (const app of apps) send(-app.pid, 'SIGINT');
      for (const checkout of checkouts) {
        await untilNoProcess(checkout);
        expect(leftovers(checkout)).toEqual([]);
      }
      for (const app of apps) {
        expect(await app.exited).toBe(0);
        // Ctrl-C reaches the whole group, and npm forwards it; both count as one key press.
        expect(app.output()).not.toContain('stopping at once');
      }
    });
  });

  describe.each(USERS)('as $name, after the demo', (user) => {
    const checkout = () => checkouts[user.index]!;

    afterEach(async () => {
      await killAll(checkout());
    });

    test('a whole start, and SIGTERM to npm alone', async () => {
      const app = start(checkout());
      await app.untilPrinted(READY);
      const commands = processes(checkout()).map(({ command }) => command);
      for (const program of [/src\/launch\.ts/, /kafka\.Kafka/, /bin\/postgres/]) {
        expect(commands).toContainEqual(expect.stringMatching(program));
      }
      const file = join(checkout().folder, '.embedded', 'running.json');
      // The file has the password of the database.
      expect(statSync(file).mode & 0o777).toBe(0o600);

      const text = readFileSync(file, 'utf8');
      const { brokers, httpUrl } = running(checkout())!;

      send(app.pid, 'SIGTERM');
      await untilNoProcess(checkout());
      expect(await app.exited).toBe(0);
      // A killed start leaves this file.
      writeFileSync(file, text);
      for (const [name, variable] of [
        ['topics', 'KAFKA_BROKERS'],
        ['demo', 'KAFKA_BROKERS'],
      ] as const) {
        const command = runScript(checkout(), name, [], name === 'demo' ? { PET_SERVICE_URL: httpUrl } : {});
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
      expect(leftovers(checkout())).toEqual([]);
      // Colours are for terminals.
      expect(app.output()).not.toContain('\u001b');
    });

    test('a second start has the data; if the broker dies, the other processes end with a message', async () => {
      const begun = Date.now();
      const app = start(checkout());
      await app.untilPrinted(READY);
      process.stderr.write(`second start as ${user.name}: ready after ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
      const database = new pg.Client({ connectionString: running(checkout())?.databaseUrl });
      await database.connect();
      const { rows } = await database.query<{ pets: number }>('SELECT count(*)::int AS pets FROM pet');
      await database.end();
      expect(rows[0]?.pets).toBeGreaterThan(0);

      const broker = await app.untilRuns(/kafka\.Kafka/);
      send(broker.pid, 'SIGKILL');
      await untilNoProcess(checkout());
      expect(await app.exited).toBe(1);
      expect(app.output()).toMatch(
        /The Kafka broker was killed by SIGKILL[\s\S]*stopping the rest[\s\S]*stopped database/,
      );
    });

    test('without Java it reports what is missing and how to install it', async () => {
      const app = start(checkout(), { PATH: pathWithoutJava(checkout()) });
      expect(await app.exited).not.toBe(0);
      expect(app.output()).toMatch(/needs Java 17 or later, but there is no "java" on PATH\. Install it/);
      await untilNoProcess(checkout());
    });
  });
});
