/** Writes schemas as tables with a row for each field. */
import type { Field } from './described.ts';
import { code, paragraphs, table } from './markdown.ts';

/** Integers that have a name, by their bounds. */
const WIDTHS: Readonly<Record<string, string>> = {
  '0 to 255': 'byte',
  '-128 to 127': 'int8',
  '-32768 to 32767': 'int16',
  '0 to 65535': 'uint16',
  '0 to 4294967295': 'uint32',
  '0 to 9007199254740991': 'integer, 0 to 2^53 - 1',
};

export interface FieldRow {
  /** With the names of the objects that it is in: `body.slot`. */
  readonly name: string;
  readonly field: Field;
  readonly isRequired: boolean;
}

/** Returns the fields of an object, and those of inner objects instead of these. */
export function rowsOf(schema: Field, path = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const row = { name: path + name, field, isRequired: schema.required?.includes(name) === true };
    return field.properties === undefined ? [row] : rowsOf(field, `${path}${name}.`);
  });
}

/** Returns the fields that all of the objects have in common. */
export function commonRows(schemas: readonly Field[]): FieldRow[] {
  const [first, ...others] = schemas.map((schema) => rowsOf(schema));
  const texts = others.map((rows) => new Set(rows.map(textOf)));
  return (first ?? []).filter((row) => texts.every((each) => each.has(textOf(row))));
}

/** Returns a row as JSON, without the numbers that the parser gives the schemas. */
function textOf(row: FieldRow): string {
  return JSON.stringify(row, (name, value: unknown) => (name.startsWith('x-parser-') ? undefined : value));
}

/**
 * Describes the form of a value in words. A const is shown as JSON. The values of an enum with meanings are not listed: a table of
 * them follows.
 */
function form(field: Field): string {
  const { const: fixed, enum: values, type, minimum, maximum, minLength, maxLength, items, maxItems, format } = field;
  if (fixed !== undefined) return code(JSON.stringify(fixed));
  if (values !== undefined && field['x-meanings'] !== undefined) return 'text, see below';
  if (values !== undefined) return values.map((value) => code(String(value))).join(', ');
  const [name = ''] = [type].flat().filter((one) => one !== 'null');
  if (name === 'integer') {
    const range = `${String(minimum)} to ${String(maximum)}`;
    return WIDTHS[range] ?? (minimum === maximum ? String(minimum) : `integer, ${range}`);
  }
  if (name === 'array') return `list of ${form(items ?? {})}${maxItems === undefined ? '' : `, at most ${maxItems}`}`;
  if (name !== 'string') return name;
  if (format === 'uuid') return 'UUID';
  return maxLength === undefined ? 'text' : `text, ${String(minLength)} to ${maxLength} characters`;
}

/** Returns the description without what the form, or a table below, repeats. */
function meaning(field: Field): string {
  const [text = ''] = paragraphs(field.description);
  if (field['x-meanings'] !== undefined) return text.replace(/(?<=\.) .*/, '');
  const [width = '', ...bounds] = form(field).split(', ');
  return [` (${width})`, ...bounds.map((bound) => `, ${bound}`)].reduce(
    (short, known) => short.replace(known, ''),
    text,
  );
}

/** @param received whether others send it: then a column names the fields that may be missing. */
export function fieldTable(title: string, rows: readonly FieldRow[], received: boolean): string {
  const cells = ({ name, field, isRequired }: FieldRow) => {
    const required = received ? [isRequired ? 'yes' : 'no'] : [];
    return [code(name), form(field), ...required, meaning(field)];
  };
  return table([title, 'is', ...(received ? ['required'] : []), 'meaning'], rows.map(cells));
}

/** Returns tables of the meanings of enum values. */
export function meaningTables(rows: readonly FieldRow[]): string[] {
  return rows.flatMap(({ name, field: { 'x-meanings': meanings } }) => {
    if (meanings === undefined) return [];
    const values = Object.entries(meanings).map(([value, text]) => [code(value), text]);
    return [table([code(name), 'means'], values)];
  });
}
