/** What a connection needs, and how it is refused where it does not have that. */
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

/** What the readiness says of a database, and whether a request is answered with 503. */
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
  await until('nothing is said', () => Promise.resolve(latest !== undefined));
  expect(await database.$queryRawUnsafe('SELECT 1').catch(isOutage)).toBe(true);
  return latest ?? '';
}

it('?options= is kept beside the limits', async () => {
  url.searchParams.set('options', '-c work_mem=5MB -c statement_timeout=1');
  const { rows } = await poolOf(url).query(
    `SELECT current_setting('work_mem') AS work, current_setting('statement_timeout') AS statement,
            current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`,
  );
  expect(rows).toEqual([{ work: '5MB', statement: '8s', lock: '5s', idle: '10s' }]);
});

it('?schema=public is what is there; another schema is refused', async () => {
  url.searchParams.set('schema', 'public');
  expect((await poolOf(url).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  url.searchParams.set('schema', 'pets');
  expect(() => createPool(url.href)).toThrow(/schema public.*\(CONFIG_INVALID\)$/);
});

it('a parameter of the URL that takes a limit away is refused', async () => {
  url.searchParams.set('statement_timeout', '100');
  expect(await reasonFor(url)).toMatch(/statement_timeout is 100 and not 8000.*\(DATABASE_SETTINGS\)$/);
});

it.each([
  ['DATABASE_LOGIN_REFUSED', 'a role that does not exist', (address: URL) => (address.username = 'nobody')],
  ['DATABASE_UNKNOWN', 'a database that does not exist', (address: URL) => (address.pathname = '/none')],
  ['DATABASE_UNREACHABLE', 'a port where nothing listens', (address: URL) => (address.port = '1')],
  ['DATABASE_UNREACHABLE', 'a host that nobody knows', (address: URL) => (address.hostname = 'db.invalid')],
])('%s: %s', async (code, _what, change) => {
  change(url);
  const reason = await reasonFor(url);
  expect(reason).toMatch(new RegExp(`\\(${code}\\)$`));
  // Anybody may read it.
  for (const secret of ['nobody', url.password, url.hostname]) expect(reason).not.toContain(secret);
});

it('a server that accepts and says nothing does not answer', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  url.port = String((server.address() as AddressInfo).port);
  expect(await reasonFor(url)).toMatch(/^The database does not answer\. .*\(DATABASE_UNREACHABLE\)$/);
});

it('array_nulls off is refused', async () => {
  await administer(`ALTER DATABASE ${url.pathname.slice(1)} SET array_nulls = off`);
  expect(await reasonFor(url)).toMatch(/array_nulls is off and not on.*\(DATABASE_SETTINGS\)$/);
});

it('another encoding than UTF8 is refused', async () => {
  const latin = name();
  await administer(`CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
  url.pathname = `/${latin}`;
  expect(await reasonFor(url)).toMatch(/server_encoding is LATIN1 and not UTF8.*\(DATABASE_SETTINGS\)$/);
});

/** A proxy that changes the first packet of the client, or an answer of the server. @returns its URL. */
async function meddle(request: (first: Buffer) => Buffer, answer: (chunk: Buffer) => Buffer): Promise<URL> {
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

const asIs = (bytes: Buffer) => bytes;

describe('a pooler', () => {
  it('that drops the settings is refused', async () => {
    // The name of the parameter becomes one that the server keeps for extensions.
    const drop = (first: Buffer) => Buffer.from(first.toString('latin1').replace('options\0', 'x.ption\0'), 'latin1');
    expect(await reasonFor(await meddle(drop, asIs))).toMatch(
      /statement_timeout is 0 and not 8000.*\(DATABASE_SETTINGS\)$/,
    );
  });

  it('that refuses the settings is refused', async () => {
    const refuse = (first: Buffer) => Buffer.from(first.toString('latin1').replace('options\0', '_pq_.xy\0'), 'latin1');
    const fields = 'SFATAL\0C08P01\0Munsupported startup parameter: options\0\0';
    const refusal = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)]);
    refusal.writeInt32BE(refusal.length - 1, 1);
    expect(await reasonFor(await meddle(refuse, () => refusal))).toMatch(/\(DATABASE_POOLED\)$/);
  });

  it('that has numbers of its own for connections is refused', async () => {
    const key = Buffer.from('K\0\0\0', 'latin1');
    const renumber = (chunk: Buffer) => {
      const at = chunk.indexOf(key);
      if (at >= 0) chunk.writeInt32BE(chunk.readInt32BE(at + 5) + 1, at + 5);
      return chunk;
    };
    expect(await reasonFor(await meddle(asIs, renumber))).toMatch(/\(DATABASE_POOLED\)$/);
  });
});

it('a server before Postgres 14 is refused', () => {
  const state = { version: 130_022, announcedPid: 1, pid: 1, settings: {} };
  expect(faultOf(state)?.message).toMatch(/Postgres 13, and 14 is the oldest.*\(DATABASE_TOO_OLD\)$/);
});
