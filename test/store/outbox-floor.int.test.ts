/** The floor of the outbox never skips a row, and avoids reading dead rows, however many a snapshot keeps. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { createPool, openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import {
  backlogStatement,
  claimOutboxStatement,
  insertOutbox,
  leftBehindStatement,
} from '../../src/store/tables/outbox.ts';
import { OutboxFloor } from '../../src/store/tables/outbox-floor.ts';
import { createDatabase } from '../support/database.ts';
import { holdLocks, holdSnapshot } from '../support/locks.ts';
import type { HeldLocks } from '../support/locks.ts';

let url: string;
let database: Database;
let pool: pg.Pool;
let snapshot: HeldLocks | undefined;
beforeAll(async () => {
  url = await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`);
  database = openDatabase(url);
  pool = createPool(url);
});
afterAll(async () => {
  await snapshot?.release();
  await Promise.all([database.$disconnect(), pool.end()]);
});

const ENTRY = { stream: 's', channel: petStatus.name, record: { key: null, value: null, headers: {} } };

async function insert(): Promise<bigint> {
  const [record] = await insertOutbox(database, [ENTRY]);
  return record?.id ?? 0n;
}

it('does not rise above a row that is committed late', async () => {
  const floor = new OutboxFloor();
  const inserted = Promise.withResolvers<bigint>();
  const mayCommit = Promise.withResolvers<undefined>();
  const late = database.$transaction(async (transaction) => {
    const [record] = await insertOutbox(transaction, [ENTRY]);
    inserted.resolve(record?.id ?? 0n);
    await mayCommit.promise;
  });
  const lateId = await inserted.promise;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect(await insert()).toBeGreaterThan(lateId);
    expect((await floor.look(database)) ?? 0n).toBeLessThanOrEqual(lateId);
  }
  mayCommit.resolve(undefined);
  await late;
  const seen = [await floor.look(database), await floor.look(database)];
  expect(seen.some((id) => id !== undefined && id > lateId)).toBe(true);
});

it('rises while another session reads or has locked a row', async () => {
  const lock = await holdLocks(database, 'SELECT 1 FROM outbox FOR UPDATE');
  const floor = new OutboxFloor();
  const id = await insert();
  await floor.look(database);
  expect(await floor.look(database)).toBeGreaterThan(id);
  await lock.release();
});

it('keeps statements from reading dead rows that a snapshot keeps', async () => {
  snapshot = await holdSnapshot(database);
  await pool.query(
    `INSERT INTO outbox (stream, channel, headers)
     SELECT 'stream ' || number % 100, $1, '{}' FROM generate_series(1, 20000) AS number`,
    [petStatus.name],
  );
  await pool.query('DELETE FROM outbox');
  await pool.query('VACUUM outbox');
  const floor = new OutboxFloor();
  await floor.look(database);
  const settled = (await floor.look(database)) ?? 0n;
  await insert();

  const streams = JSON.stringify(['s', ...Array.from({ length: 100 }, (_, index) => `stream ${String(index)}`)]);
  for (const [{ text }, parameters] of [
    [claimOutboxStatement, (from: bigint) => [streams, petStatus.name, from, 2_000]],
    [leftBehindStatement, (from: bigint) => [petStatus.name, from, 2]],
    [backlogStatement, (from: bigint) => [petStatus.name, from, '[]', 1_000]],
  ] as const) {
    const all = await blocksRead(text, parameters(0n));
    expect(all).toBeGreaterThan(200);
    expect(await blocksRead(text, parameters(settled))).toBeLessThan(all / 10);
  }
});

/** Returns how many blocks of 8 kB a statement reads, with repetitions. */
async function blocksRead(text: string, parameters: readonly unknown[]): Promise<number> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    [...parameters],
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
}
