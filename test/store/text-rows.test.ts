/** Rows in one text: SQL and parser, or writer, have the same columns. */
import { describe, expect, it } from '@jest/globals';
import { arrayColumns } from '../../src/store/array-columns.ts';
import {
  base64,
  jsonText,
  number,
  numbers,
  OPTIONAL_BASE64,
  optionalGroup,
  optionalNumber,
  plainText,
  readRows,
  writtenRows,
} from '../../src/store/text-rows.ts';

describe('rows that a statement returns', () => {
  const rows = readRows(
    { column: ' ', row: ';' },
    {
      id: number('id'),
      pet: { name: jsonText('name'), slot: optionalNumber('slot') },
      excludes: numbers('excludes'),
      position: optionalGroup(',', { x: number('x'), map: plainText('map') }),
    },
  );

  it('have their columns in SQL in the order of the definition', () => {
    expect(rows.aggregate('ORDER BY id')).toBe(
      "string_agg(concat_ws(' ', id, to_json(name), coalesce((slot)::text, ''), " +
        "coalesce(array_to_string(excludes, ','), ''), concat_ws(',', x, map)), ';' ORDER BY id)",
    );
  });

  it('are read as objects', () => {
    const [one, other] = rows.parse('7 "Pet" 2 5,6 1,a;8 "\\"\\u00e9"   ');
    expect(one).toEqual({ id: 7, pet: { name: 'Pet', slot: 2 }, excludes: [5, 6], position: { x: 1, map: 'a' } });
    expect(other).toEqual({ id: 8, pet: { name: '"é', slot: null }, excludes: [], position: undefined });
  });

  it('are empty if the aggregate is null', () => {
    expect(rows.parse(null)).toEqual([]);
  });

  it.each(['7', '7 "Pet" 2 5,6 1,a 9', '7 "Pet" 2 5,6 1', ''.padEnd(9)])(
    'cannot be parsed from %p, which has other columns',
    (line) => {
      expect(() => rows.parse(line)).toThrow('columns');
    },
  );
});

it('rows that a statement takes have their columns in the order of the definition', () => {
  const rows = writtenRows<{ readonly id: number; readonly key: Buffer | null }>(
    { column: ' ', row: ';' },
    {
      id: { sql: '$text::int', write: ({ id }) => String(id) },
      key: { sql: OPTIONAL_BASE64, write: ({ key }) => base64(key) },
    },
  );
  expect(rows.names).toBe('id, key');
  expect(rows.select).toBe("c[1]::int AS id, decode(nullif(c[2], '-'), 'base64') AS key");
  expect(
    rows.write([
      { id: 1, key: Buffer.from('a') },
      { id: 2, key: null },
    ]),
  ).toBe('1 YQ==;2 -');
});

it.each(['a b', 'a;b'])('a value of a checked column must not contain a separator: %p', (text) => {
  const columns = { name: { sql: '$text', write: (row: string) => row, isChecked: true } };
  const rows = writtenRows<string>({ column: ' ', row: ';' }, columns);
  expect(rows.write(['a', 'b'])).toBe('a;b');
  expect(() => rows.write(['a', text])).toThrow('name contains a separator');
});

it('rows that a statement takes as arrays have their columns in the order of the definition', () => {
  const keys = arrayColumns<{ readonly tenant: string; readonly id: number }>()(
    ['tenant_id', 'uuid', ({ tenant }) => tenant],
    ['id', 'int8', ({ id }) => id],
  );
  expect(keys.unnest(2, 'k')).toBe('unnest($2::uuid[], $3::bigint[]) AS k (tenant_id, id)');
  expect(keys.types).toEqual(['uuid[]', 'int8[]']);
  expect(
    keys.values([
      { tenant: 'a', id: 1 },
      { tenant: 'b', id: 2 },
    ]),
  ).toEqual(['{a,b}', '{1,2}']);
});
