/** Connections that end at any moment: their users get an error; the process and other connections continue. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';
import { createPool, inTransaction, openDatabase } from '../../src/store/database.ts';
import { createDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

let url: string;
let admin: pg.Client;
let pool: pg.Pool;
beforeEach(async () => {
  url = await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`);
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  pool = createPool(url);
});
afterEach(async () => {
  await pool.end();
  await admin.end();
});

const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

/** Ends every connection except the admin's, and waits until the server has none. */
async function terminate(): Promise<void> {
  await admin.query(`SELECT pg_terminate_backend(pid) ${others}`);
  await until('connections do not end', async () => (await admin.query(`SELECT 1 ${others}`)).rowCount === 0);
}

const expectWorking = async () => {
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
};

it('the pool works after a connection ended while it was checked out and idle', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await terminate();
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release();
  await expectWorking();
});

it('the pool works after a connection ended during a statement', async () => {
  const failed = expect(pool.query('SELECT pg_sleep(60)')).rejects.toThrow('terminating connection');
  await until(
    'it does not run',
    async () => (await admin.query(`SELECT 1 ${others} AND state = 'active'`)).rowCount === 1,
  );
  await terminate();
  await failed;
  await expectWorking();
});

it('the pool works after a connection ended in the pool', async () => {
  await expectWorking();
  await terminate();
  await until('it is still in the pool', () => Promise.resolve(pool.totalCount === 0));
  await expectWorking();
});

it('the pool works after connections ended as soon as they were ready or checked out', async () => {
  const terminated: Promise<unknown>[] = [];
  const end = (client: pg.PoolClient) => {
    const { processID } = client as unknown as { readonly processID: number };
    terminated.push(admin.query('SELECT pg_terminate_backend($1)', [processID]));
  };
  pool.on('connect', end);
  pool.on('acquire', end);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 200 }, async (_, n) => {
      const client = await pool.connect();
      // Some use the connection at once, some only after it has ended.
      if (n % 2 === 0) await Promise.all(terminated);
      await client.query('SELECT 1').finally(() => {
        client.release();
      });
    }),
  );
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  await Promise.all(terminated);
  pool.off('connect', end);
  pool.off('acquire', end);
  await until('the pool never works again', () => expectWorking().then(() => true, () => false)); // prettier-ignore
});

it('transactions work after connections ended many times during others', async () => {
  const database = openDatabase(url);
  const ends = { done: 0, failed: 0 };
  const work = async () => {
    while (ends.failed < 100) {
      try {
        await inTransaction(database, async (transaction) => {
          await transaction.$queryRawUnsafe('SELECT 1');
          await transaction.$queryRawUnsafe('SELECT 2');
        });
        ends.done += 1;
      } catch {
        ends.failed += 1;
      }
    }
  };
  const workers = Promise.all([work(), work(), work(), work()]);
  while (ends.failed < 100) await admin.query(`SELECT pg_terminate_backend(pid) ${others}`);
  await workers;
  await until('no transaction works again', () => database.$queryRawUnsafe('SELECT 1').then(() => true, () => false)); // prettier-ignore
  await database.$disconnect();
});

it('an error that pg throws while it reads an answer ends only that connection', async () => {
  const client = await pool.connect();
  const { connection } = client as unknown as { readonly connection: NodeJS.EventEmitter };
  connection.prependOnceListener('dataRow', () => {
    throw new RangeError('Cannot create a string longer than 0x1fffffe8 characters');
  });
  await expect(client.query('SELECT 1')).rejects.toThrow('longer than');
  client.release();
  await expectWorking();
});
