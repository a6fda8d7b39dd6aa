/** Ports in use, and two checkouts of the project that run on one machine. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { checkOut, leftovers, remove, users, type Checkout } from './stranger.ts';
import { killAll, READY, running, send, type, untilNoProcess } from './typed.ts';

jest.setTimeout(120_000);

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

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('ports in use', () => {
  const checkouts: Checkout[] = [];
  const taken: (Server | undefined)[] = [];

  beforeAll(async () => {
    for (const user of [users().at(0)!, users().at(-1)!]) checkouts.push(await checkOut(user));
    for (const port of Object.keys(DEFAULTS)) taken.push(await listen(Number(port)));
  });

  afterAll(async () => {
    for (const server of taken) server?.close();
    for (const checkout of checkouts) {
      await killAll(checkout);
      remove(checkout);
    }
  });

  test('a port in HTTP_PORT that is in use causes an error with a remedy', async () => {
    const server = await listen(0);
    taken.push(server);
    const port = String((server!.address() as AddressInfo).port);
    const app = type(checkouts[0]!, 'npm', ['start'], { HTTP_PORT: port });
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain(
      `HTTP_PORT is ${port}, and something listens on 127.0.0.1:${port} already. Stop that,`,
    );
    await untilNoProcess(checkouts[0]!);
    expect(readdirSync(join(checkouts[0]!.folder, '.embedded'))).toEqual([expect.stringMatching(/^kafka-jars-\w+$/)]);
  });

  test('two checkouts that start concurrently find free ports, and each demo finds its own service', async () => {
    const apps = checkouts.map((checkout) => type(checkout, 'npm', ['start']));
    await Promise.all(apps.map((app) => app.untilPrinted(READY)));
    const ports = apps.flatMap((app) =>
      Object.entries(DEFAULTS).map(([port, who]) => {
        const moved = new RegExp(`^port ${port} is taken: the ${who} takes (\\d+)$`, 'm').exec(app.output());
        return moved?.[1] ?? `${who} stays on ${port}`;
      }),
    );
    expect(new Set(ports).size).toBe(6);
    expect(ports).toEqual(ports.map(() => expect.stringMatching(/^\d+$/)));

    const demos = checkouts.map((checkout) => type(checkout, 'npm', ['run', 'demo']));
    for (const [index, demo] of demos.entries()) {
      const code = await demo.exited;
      expect({ code, output: code === 0 ? '' : demo.output() }).toEqual({ code: 0, output: '' });
      const [, character] = /"actorId":(\d+)/.exec(demo.output()) ?? [];
      const database = new pg.Client({ connectionString: running(checkouts[index]!)!.databaseUrl });
      await database.connect();
      const { rows } = await database.query('SELECT owner_id AS character FROM owner');
      await database.end();
      expect(rows).toEqual([{ character }]);
    }

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
