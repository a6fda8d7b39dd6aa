/** The statements of the outbox find their rows by an index, also if statistics mislead the planner. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { createPool } from '../../src/store/database.ts';
import {
  backlogStatement,
  claimOutboxStatement,
  deleteOutboxStatement,
  leftBehindStatement,
  readOutboxStatement,
} from '../../src/store/tables/outbox.ts';
import { createDatabase } from '../support/database.ts';

let pool: pg.Pool;
beforeAll(async () => {
  pool = createPool(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
  await pool.query('ALTER TABLE outbox SET (autovacuum_enabled = off)');
  await pool.query(
    `INSERT INTO outbox (stream, channel, headers)
     SELECT 'stream ' || number % 3, $1, '{}' FROM generate_series(1, 20000) AS number`,
    [petStatus.name],
  );
  // By these statistics a stream has a third of all rows, so that the planner expects to find its first rows soon by their ids.
  await pool.query('ANALYZE outbox');
});
afterAll(() => pool.end());

interface PlanNode {
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Returns how a statement finds rows of the outbox: for each scan the index and the columns that it compares. */
async function scansOf(text: string, parameters: readonly unknown[]): Promise<string[]> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT JSON) ${text}`, [
    ...parameters,
  ]);
  return rows.flatMap((row) => scansIn(row['QUERY PLAN'][0].Plan)).sort();
}

function scansIn(node: PlanNode): string[] {
  const inner = (node.Plans ?? []).flatMap(scansIn);
  if (node['Index Name'] === undefined) return inner;
  const columns = ['stream', 'id'].filter((column) => new RegExp(`\\b${column}\\b`).test(node['Index Cond'] ?? ''));
  return [...inner, `${node['Index Name']}: ${columns.join(', ')}`];
}

it('the statistics mislead a plain search for the first rows of a stream: it reads all rows by their ids', async () => {
  const plain = `SELECT id FROM outbox WHERE stream = $1 AND parked_at IS NULL ORDER BY id LIMIT 100`;
  expect(await scansOf(plain, ['stream 1'])).toEqual(['outbox_pkey: ']);
});

it.each<[string, string, unknown[], string[]]>([
  [
    'claims each stream',
    claimOutboxStatement.text,
    [JSON.stringify(['stream 1', 'stream 7']), petStatus.name, 1n, 2_000],
    ['outbox_pkey: id', 'outbox_stream_id_idx: stream, id'],
  ],
  ['reads claimed rows', readOutboxStatement.text, ['{1,2}', 1_000], ['outbox_pkey: id']],
  ['deletes acked rows', deleteOutboxStatement.text, ['{1,2}'], ['outbox_pkey: id']],
  ['finds streams whose records wait for long', leftBehindStatement.text, [petStatus.name, 1n, 2], ['outbox_pkey: id']],
  ['counts pending rows', backlogStatement.text, [petStatus.name, 1n, '[]', 1_000], ['outbox_pkey: id']],
])('%s by an index in spite of the statistics', async (_name, text, parameters, scans) => {
  expect(await scansOf(text, parameters)).toEqual(scans);
});
