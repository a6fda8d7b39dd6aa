/** The settings that a connection must have, and the error if one is missing. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { DatabaseClock } from '../../src/store/clock.ts';
import { createPool, openDatabase } from '../../src/store/database.ts';
import { isOutage } from '../../src/store/failure.ts';
import { faultOf } from '../../src/store/settings.ts';
import { watchDatabase } from '../../src/store/watch.ts';
import { createDatabase, required } from '../support/database.ts';
import { until } from '../support/until.ts';

const name = () => `t_${randomUUID().replaceAll('-', '').slice(0, 12)}`;

let url: URL;
const cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  url = new URL(await createDatabase(name()));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: required('TEST_DATABASE_URL') });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function poolOf(address: URL): pg.Pool {
  const pool = createPool(address.href);
  cleanUps.push(() => pool.end());
  return pool;
}

/** Returns the reported reason of a database, and expects that statements fail as in an outage. */
async function reasonFor(address: URL): Promise<string> {
  const database = openDatabase(address.href);
  cleanUps.push(() => database.$disconnect());
  let latest: string | undefined;
  cleanUps.push(
    watchDatabase({
      database,
      clock: new DatabaseClock(),
      health: (reason) => (latest = reason),
      log: createLog('silent'),
    }),
  );
  await until('no reason is reported', () => Promise.resolve(latest !== undefined));
  expect(await database.$queryRawUnsafe('SELECT 1').catch(isOutage)).toBe(true);
  return latest ?? '';
}

it('keeps ?options= in addition to the limits', async () => {
  url.searchParams.set('options', '-c work_mem=5MB -c statement_timeout=1');
  const { rows } = await poolOf(url).query(
    `SELECT current_setting('work_mem') AS work, current_setting('statement_timeout') AS statement,
            current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`,
  );
  expect(rows).toEqual([{ work: '5MB', statement: '8s', lock: '5s', idle: '10s' }]);
});

it('accepts ?schema=public, and rejects another schema', async () => {
  url.searchParams.set('schema', 'public');
  expect((await poolOf(url).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  url.searchParams.set('schema', 'pets');
  expect(() => createPool(url.href)).toThrow(/schema public.*\(CONFIG_INVALID\)$/);
});

it('rejects a parameter of the URL that changes a limit', async () => {
  url.searchParams.set('statement_timeout', '100');
  expect(await reasonFor(url)).toMatch(/statement_timeout is 100 and not 8000.*\(DATABASE_SETTINGS\)$/);
});

it.each([
  ['DATABASE_LOGIN_REFUSED', 'a role that does not exist', (address: URL) => (address.username = 'nobody')],
  ['DATABASE_UNKNOWN', 'a database that does not exist', (address: URL) => (address.pathname = '/none')],
  ['DATABASE_UNREACHABLE', 'a port where nothing listens', (address: URL) => (address.port = '1')],
  ['DATABASE_UNREACHABLE', 'an unknown host', (address: URL) => (address.hostname = 'db.invalid')],
])('reports %s for %s', async (code, _what, change) => {
  change(url);
  const reason = await reasonFor(url);
  expect(reason).toMatch(new RegExp(`\\(${code}\\)$`));
  // The reason is public.
  for (const secret of ['nobody', url.password, url.hostname]) expect(reason).not.toContain(secret);
});

it('reports a server that accepts connections and sends nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  url.port = String((server.address() as AddressInfo).port);
  expect(await reasonFor(url)).toMatch(/^The database does not answer\. .*\(DATABASE_UNREACHABLE\)$/);
});

it('rejects array_nulls = off', async () => {
  await administer(`ALTER DATABASE ${url.pathname.slice(1)} SET array_nulls = off`);
  expect(await reasonFor(url)).toMatch(/array_nulls is off and not on.*\(DATABASE_SETTINGS\)$/);
});

it('rejects another encoding than UTF8', async () => {
  const latin = name();
  await administer(`CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
  url.pathname = `/${latin}`;
  expect(await reasonFor(url)).toMatch(/server_encoding is LATIN1 and not UTF8.*\(DATABASE_SETTINGS\)$/);
});

/** Starts a proxy that changes the first packet of the client, or an answer of the server. @returns its URL. */
async function startProxy(request: (first: Buffer) => Buffer, answer: (chunk: Buffer) => Buffer): Promise<URL> {
  const server = createServer((client) => {
    const upstream = connect(Number(url.port), url.hostname);
    client.once('data', (first: Buffer) => {
      upstream.write(request(first));
      client.pipe(upstream);
    });
    upstream.on('data', (chunk: Buffer) => client.write(answer(chunk)));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      // prettier-ignore
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  const address = new URL(url);
  address.port = String((server.address() as AddressInfo).port);
  return address;
}

const unchanged = (bytes: Buffer) => bytes;

describe('a pooler', () => {
  it('that drops the settings is rejected', async () => {
    // Replaces the name of the parameter by one of an extension, which the server accepts.
    const drop = (first: Buffer) => Buffer.from(first.toString('latin1').replace('options\0', 'x.ption\0'), 'latin1');
    expect(await reasonFor(await startProxy(drop, unchanged))).toMatch(
      /statement_timeout is 0 and not 8000.*\(DATABASE_SETTINGS\)$/,
    );
  });

  it('that refuses the settings is rejected', async () => {
    const refuse = (first: Buffer) => Buffer.from(first.toString('latin1').replace('options\0', '_pq_.xy\0'), 'latin1');
    const fields = 'SFATAL\0C08P01\0Munsupported startup parameter: options\0\0';
    const refusal = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)]);
    refusal.writeInt32BE(refusal.length - 1, 1);
    expect(await reasonFor(await startProxy(refuse, () => refusal))).toMatch(/\(DATABASE_POOLED\)$/);
  });

  it('that has process ids of its own is rejected', async () => {
    const key = Buffer.from('K\0\0\0', 'latin1');
    const renumber = (chunk: Buffer) => {
      const at = chunk.indexOf(key);
      if (at >= 0) chunk.writeInt32BE(chunk.readInt32BE(at + 5) + 1, at + 5);
      return chunk;
    };
    expect(await reasonFor(await startProxy(unchanged, renumber))).toMatch(/\(DATABASE_POOLED\)$/);
  });
});

it('rejects a server older than Postgres 14', () => {
  const state = { version: 130_022, announcedPid: 1, pid: 1, settings: {} };
  expect(faultOf(state)?.message).toMatch(/Postgres 13; the service needs 14 or later.*\(DATABASE_TOO_OLD\)$/);
});
