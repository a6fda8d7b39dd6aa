/** The parameters of a statement are typed: `tsc` must reject the marked calls. */
import { expect, it } from '@jest/globals';
import { execute, list, query, queryOne, statement } from '../../src/store/statement.ts';
import type { Connection } from '../../src/store/statement.ts';

const STATEMENT = statement('SELECT $1, $2', ['uuid[]', 'int8'], { id: 'int8' });

function connectionOf(rows: readonly object[]): Connection & { readonly sent: unknown[][] } {
  const sent: unknown[][] = [];
  const answer = (text: string, ...values: unknown[]) => {
    sent.push([text, ...values]);
    return Promise.resolve(rows);
  };
  return { sent, $queryRawUnsafe: answer, $executeRawUnsafe: answer } as unknown as Connection & { sent: unknown[][] };
}

it('accepts as many values as it has parameters, of their types', async () => {
  const connection = connectionOf([]);
  await query(connection, STATEMENT, list(['a']), 1n);
  // @ts-expect-error a value is missing
  await query(connection, STATEMENT, list(['a']));
  // @ts-expect-error there is one value too many
  await query(connection, STATEMENT, list(['a']), 1, 2);
  // @ts-expect-error numbers are no UUIDs
  await query(connection, STATEMENT, list([1]), 1);
  // @ts-expect-error a plain text is no array
  await query(connection, STATEMENT, '{}', 1);
  // @ts-expect-error a text is no number
  await execute(connection, STATEMENT, list(['a']), '1');
  expect(connection.sent[0]).toEqual(['SELECT $1, $2', '{a}', 1n]);
});

it('returns the one row of a statement that has exactly one, or throws', async () => {
  const run = (rows: readonly object[]) => queryOne(connectionOf(rows), STATEMENT, list(['a']), 1);
  expect(await run([{ id: 1n }])).toEqual({ id: 1n });
  await expect(run([])).rejects.toThrow('not exactly one row');
  await expect(run([{ id: 1n }, { id: 2n }])).rejects.toThrow('not exactly one row');
});

it('passes an array as one text', () => {
  expect(list([1, 2n, null])).toBe('{1,2,NULL}');
  expect(list([true, false])).toBe('{true,false}');
  expect(list([])).toBe('{}');
});
