/**
 * Rows that a statement returns, or takes, as one text: Prisma takes ten times as long for a thousand rows of ten columns. One
 * definition gives both the SQL and the code at the other end, so that their columns cannot part ways.
 */
import { InvariantError } from '../invariant.ts';

/** What stands between columns and between rows. No value of a column may contain either. */
interface Separators {
  readonly column: string;
  readonly row: string;
}

/** A column that a statement returns: the SQL of its text, never null, and what to make of that text. */
interface ReadColumn<Value> {
  readonly sql: string;
  readonly parse: (text: string) => Value;
}

/** Columns by name; columns within columns are an object of their own in the row. */
interface ReadColumns {
  readonly [name: string]: ReadColumn<unknown> | ReadColumns;
}
type ReadRow<Columns extends ReadColumns> = {
  readonly [Name in keyof Columns]: Columns[Name] extends ReadColumn<infer Value>
    ? Value
    : Columns[Name] extends ReadColumns
      ? ReadRow<Columns[Name]>
      : never;
};

/** The format of rows that a statement returns as one text. */
interface ReadRows<Row> {
  /** Returns the SQL of the text: an aggregate, null if there is no row. @param order an ORDER BY clause for the rows. */
  readonly aggregate: (order?: string) => string;
  /** @throws {InvariantError} if a line has not as many columns as the definition. */
  readonly parse: (text: string | null) => Row[];
}

export function readRows<const Columns extends ReadColumns>(
  { column, row }: Separators,
  columns: Columns,
): ReadRows<ReadRow<Columns>> {
  const line = group(column, columns);
  return {
    aggregate: (order = '') => `string_agg(${line.sql}, '${row}'${order === '' ? '' : ` ${order}`})`,
    parse: (text) => (text === null || text === '' ? [] : text.split(row).map(line.parse)),
  };
}

/** Joins columns to one. */
function group<const Columns extends ReadColumns>(separator: string, columns: Columns): ReadColumn<ReadRow<Columns>> {
  const all = columnsIn(columns);
  const read = reader(columns, 0);
  return {
    sql: `concat_ws('${separator}', ${all.map(({ sql }) => sql).join(', ')})`,
    parse: (text) => {
      const texts = text.split(separator);
      if (texts.length !== all.length) {
        throw new InvariantError(
          `a line has ${String(texts.length)} columns, not the ${String(all.length)} of its format`,
        );
      }
      return read(texts) as ReadRow<Columns>;
    },
  };
}

function columnsIn(columns: ReadColumns): ReadColumn<unknown>[] {
  return Object.values(columns).flatMap((column) => (isColumn(column) ? column : columnsIn(column)));
}

function isColumn(column: ReadColumn<unknown> | ReadColumns): column is ReadColumn<unknown> {
  return typeof column.parse === 'function';
}

/** Returns what makes a row of the texts of its columns. @param start the index of the first one. */
function reader(columns: ReadColumns, start: number): (texts: readonly string[]) => object {
  const fields: { name: string; index: number; parse: (text: string) => unknown }[] = [];
  const objects: { name: string; read: (texts: readonly string[]) => object }[] = [];
  let index = start;
  for (const [name, column] of Object.entries(columns)) {
    if (isColumn(column)) fields.push({ name, index, parse: column.parse });
    else objects.push({ name, read: reader(column, index) });
    index += isColumn(column) ? 1 : columnsIn(column).length;
  }
  return (texts) => {
    const row: Record<string, unknown> = {};
    for (const field of fields) row[field.name] = field.parse(texts[field.index] as string);
    for (const { name, read } of objects) row[name] = read(texts);
    return row;
  };
}

/** A group of columns in one, which is empty if all of them are null. */
export function optionalGroup<const Columns extends ReadColumns>(
  separator: string,
  columns: Columns,
): ReadColumn<ReadRow<Columns> | undefined> {
  const { sql, parse } = group(separator, columns);
  return { sql, parse: (text) => (text === '' ? undefined : parse(text)) };
}

/** A number that is exact in JavaScript. */
export function number(sql: string): ReadColumn<number> {
  return { sql, parse: Number };
}

/** A number, null as an empty text. */
export function optionalNumber(sql: string): ReadColumn<number | null> {
  return { sql: `coalesce((${sql})::text, '')`, parse: (text) => (text === '' ? null : Number(text)) };
}

/** An array of numbers; null counts as an empty one. */
export function numbers(sql: string): ReadColumn<readonly number[]> {
  return numbersIn(`array_to_string(${sql}, ',')`);
}

/** A text of numbers with commas between; null counts as an empty one. */
export function numbersIn(sql: string): ReadColumn<readonly number[]> {
  return { sql: `coalesce(${sql}, '')`, parse: parseNumbers };
}

function parseNumbers(text: string): readonly number[] {
  return text === '' ? NO_NUMBERS : text.split(',').map(Number);
}

const NO_NUMBERS: readonly number[] = [];

/** A text without separators. */
export function plainText(sql: string): ReadColumn<string> {
  return { sql, parse: (text) => text };
}

/** Any text: JSON has neither tabs nor line breaks. */
export function jsonText(sql: string): ReadColumn<string> {
  // Without an escape the text stands between its quotes as it is: JSON.parse takes three times as long.
  return {
    sql: `to_json(${sql})`,
    parse: (text) => (text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)),
  };
}

/** A time, in milliseconds since 1970. */
export function milliseconds(sql: string): string {
  return `(extract(epoch FROM ${sql}) * 1000)::bigint`;
}

/** A column that a statement takes: the SQL that reads its text, `$text`, and the text of its value. */
interface WrittenColumn<Row> {
  readonly sql: string;
  readonly write: (row: Row) => string;
  /** Whether its values could contain a separator, so that each is checked. Numbers, UUIDs and base64 cannot. */
  readonly isChecked?: boolean;
}

export type WrittenColumns<Row> = Readonly<Record<string, WrittenColumn<Row>>>;

/** The format of rows that a statement takes as one text. */
interface WrittenRows<Row> {
  /** The names of the columns. */
  readonly names: string;
  /** The SQL of the columns with their names, for a SELECT from {@link from}. */
  readonly select: string;
  /** Returns the SQL of the rows, numbered by `place`. @param parameter the number of the text's parameter. */
  readonly from: (parameter: number) => string;
  /** @throws {InvariantError} if a value contains a separator. */
  readonly write: (rows: readonly Row[]) => string;
}

/** @param columns by their names in the database. */
export function writtenRows<Row>({ column, row }: Separators, columns: WrittenColumns<Row>): WrittenRows<Row> {
  const withoutSeparators = (name: string, text: string): string => {
    if (text.includes(column) || text.includes(row)) throw new InvariantError(`${name} contains a separator: ${text}`);
    return text;
  };
  const writers = Object.entries(columns).map(([name, { write, isChecked = false }]) =>
    isChecked ? (one: Row) => withoutSeparators(name, write(one)) : write,
  );
  const selected = Object.entries(columns).map(
    ([name, { sql }], index) => `${sql.replace('$text', `c[${String(index + 1)}]`)} AS ${name}`,
  );
  const writeRow = (one: Row) => {
    let text = '';
    for (const write of writers) text += write(one) + column;
    return text.slice(0, -column.length);
  };
  return {
    names: Object.keys(columns).join(', '),
    select: selected.join(', '),
    from: (parameter) =>
      `string_to_table($${String(parameter)}, '${row}') WITH ORDINALITY AS e (line, place)
      CROSS JOIN LATERAL string_to_array(e.line, '${column}') AS c`,
    write: (rows) => rows.map(writeRow).join(row),
  };
}

/** Reads bytes from base64, which contains no separator; null is `-`. */
export const OPTIONAL_BASE64 = `decode(nullif($text, '-'), 'base64')`;
/** Reads JSON from base64. */
export const BASE64_JSON = `convert_from(decode($text, 'base64'), 'UTF8')::json`;

export function base64(value: Buffer | string | null): string {
  return value === null ? '-' : (typeof value === 'string' ? Buffer.from(value) : value).toString('base64');
}
