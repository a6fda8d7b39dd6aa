/** Which connections the pool keeps. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createPool } from '../../src/store/database.ts';
import { createDatabase } from '../support/database.ts';

let pool: pg.Pool;
beforeEach(async () => {
  pool = createPool(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterEach(() => pool.end());

it('keeps a connection after a committed transaction', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('COMMIT');
  client.release();
  await pool.query('SELECT 1');
  expect(pool.totalCount).toBe(1);
});

it('closes a connection with an open transaction, which the next user would commit', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  client.release();
  expect(pool.totalCount).toBe(0);
});

it('closes a connection whose statement is not answered yet', async () => {
  const client = await pool.connect();
  const answer = client.query('SELECT pg_sleep(0.2)').catch(() => undefined);
  client.release();
  expect(pool.totalCount).toBe(0);
  await answer;
});
