/** The bytes of one insert into the outbox and of the records that are passed to the publisher are limited. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { insertEntries } from '../../src/unit-of-work/outbox-entries.ts';
import type { OutboxEntry } from '../../src/store/tables/outbox.ts';
import type { Connection } from '../../src/store/statement.ts';
import { createDatabase } from '../support/database.ts';

const MEBIBYTE = 1_048_576;

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

const large = (stream: string, part: 'value' | 'header'): OutboxEntry => {
  const bytes = Buffer.alloc(MEBIBYTE, 'x');
  const record = { key: null, value: part === 'value' ? bytes : null, headers: part === 'header' ? { bytes } : {} };
  return { stream, channel: 'deadLetter', record };
};

it.each(['value', 'header'] as const)('limits inserts and passed records with a large %s', async (part) => {
  const lengths: number[] = [];
  const connection: Connection = {
    $queryRawUnsafe: (text, ...values) => {
      lengths.push(String(values[0]).length);
      return database.$queryRawUnsafe(text, ...(values as unknown[]));
    },
    $executeRawUnsafe: (text, ...values) => database.$executeRawUnsafe(text, ...(values as unknown[])),
  };
  const entries = [...Array.from({ length: 20 }, () => large(`${part}/0`, part)), large(`${part}/1`, part)];
  const passed = await insertEntries(connection, entries);

  // Base64 adds a third; a header is encoded as JSON first.
  for (const length of lengths) expect(length).toBeLessThan(8 * MEBIBYTE);
  const rows = await database.outbox.findMany({ where: { stream: { startsWith: part } }, orderBy: { id: 'asc' } });
  expect(rows).toHaveLength(21);
  // The first records of the first stream without a gap, and the first one of the other: the publisher reads the rest.
  expect(passed.map(({ id }) => id)).toEqual([...rows.slice(0, passed.length - 1), rows.at(-1)!].map(({ id }) => id));
  expect(passed.length).toBeLessThan(8);
});
