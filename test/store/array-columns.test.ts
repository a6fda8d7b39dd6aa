/** Rows as arrays: one parameter for each column. */
import { expect, it } from '@jest/globals';
import { arrayColumns } from '../../src/store/array-columns.ts';

interface Row {
  readonly id: bigint;
  readonly name: string | null;
}
const ROWS = arrayColumns<Row>()(['id', 'int8', ({ id }) => id], ['name', 'text', ({ name }) => name]);

it('gives the SQL and the parameter types of its columns', () => {
  expect(ROWS.unnest(2, 'r')).toBe('unnest($2::bigint[], $3::text[]) AS r (id, name)');
  expect(ROWS.types).toEqual(['int8[]', 'text[]']);
});

it('quotes texts, and nothing else', () => {
  const names = ['Rex', 'a,b', '{NULL}', 'say "hi"', 'back\\slash', '', null];
  const rows = names.map((name, index) => ({ id: BigInt(index), name }));
  expect(ROWS.values(rows)).toEqual([
    '{0,1,2,3,4,5,6}',
    String.raw`{"Rex","a,b","{NULL}","say \"hi\"","back\\slash","",NULL}`,
  ]);
});
