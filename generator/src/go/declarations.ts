/** Writes the declarations of structs and enums: with JSON tags, readers, and checks of their rules. */
import { aligned, comment, func, quoted } from './layout.ts';
import { checksOf } from './checks.ts';
import type { Patterns } from './patterns.ts';
import { isPointer } from './types.ts';
import type { GoConstant, GoEnum, GoField, GoStruct } from './types.ts';

/** Returns the declaration of an enum, its constants, and a function that reports whether a value is one of them. */
export function enumLines({ name, doc, values }: GoEnum): string[] {
  return [
    '',
    ...comment(doc),
    `type ${name} string`,
    ...constantLines(values, name),
    ...func([`// Known reports whether the contract lists the value.`], `(value ${name}) Known() bool`, [
      'switch value {',
      `case ${values.map((constant) => constant.name).join(', ')}:`,
      '\treturn true',
      'default:',
      '\treturn false',
      '}',
    ]),
  ];
}

/** Returns a block of constants. */
export function constantLines(values: readonly GoConstant[], type: string): string[] {
  const rows = values.map(({ name, value, doc }) => ({
    comment: comment([doc], '\t'),
    cells: [name, ...(type === '' ? [] : [type]), `= ${quoted(value)}`],
  }));
  return ['', 'const (', ...aligned(rows), ')'];
}

/** Returns the declaration of a struct with its methods and its reader. */
export function structLines(struct: GoStruct, patterns: Patterns): string[] {
  return [...declaration(struct), ...marshaler(struct), ...reader(struct), ...validation(struct, patterns)];
}

function declaration({ name, doc, fields }: GoStruct): string[] {
  if (fields.length === 0) return ['', ...comment(doc), `type ${name} struct{}`];
  const rows = fields.map((field) => ({
    comment: comment([[field.doc, constantDoc(field)].filter(Boolean).join(' ')], '\t'),
    cells: [field.name, fieldType(field), tagOf(field)],
  }));
  return ['', ...comment(doc), `type ${name} struct {`, ...aligned(rows), '}'];
}

/** Returns the type of a field: what may be absent or null is a pointer, except for what can be nil itself. */
function fieldType({ type, isRequired }: GoField): string {
  return isPointer({ type, isRequired }) ? `*${type.text}` : type.text;
}

/** A constant that is required need not be set. */
function constantDoc({ constants, isRequired, type: { kind } }: GoField): string | undefined {
  const values = kind.kind === 'enum' && isRequired ? kind.values : [];
  const isConstant = values.length === 1 || constants.length === 1;
  return isConstant ? `Always ${values[0] ?? ''}. It may be left empty: it is encoded in any case.` : undefined;
}

function tagOf({ key, type, isRequired }: GoField): string {
  // A list that is there and empty is not absent.
  const option = isRequired ? (key === '-' ? ',' : '') : type.hasNil ? ',omitzero' : ',omitempty';
  const tag = `json:${quoted(key + option)}`;
  return tag.includes('`') ? quoted(tag) : `\`${tag}\``;
}

/** Writes what a struct without it would get wrong: constants that are not set, and lists and maps that are nil. */
function marshaler({ name, fields }: GoStruct): string[] {
  const fills = fields.flatMap(({ name: field, type, isRequired, constants }) => {
    if (!isRequired || type.isNullable) return [];
    const variable = `value.${field}`;
    const [constant] = constants.length === 1 ? constants : constantOf(type.kind);
    if (constant !== undefined) return [`if ${variable} == "" {`, `\t${variable} = ${constant}`, '}'];
    if (type.kind.kind !== 'list' && type.kind.kind !== 'map') return [];
    return [`if ${variable} == nil {`, `\t${variable} = ${type.text}{}`, '}'];
  });
  if (fills.length === 0) return [];
  return func(
    comment(['MarshalJSON returns the JSON of the value. Constants may be empty in it, and lists nil.']),
    `(value ${name}) MarshalJSON() ([]byte, error)`,
    [`type plain ${name}`, ...fills, 'return marshal(plain(value))'],
  );
}

/** Returns the literal of a text that is constant. */
export function constantOf(kind: GoField['type']['kind']): readonly string[] {
  return kind.kind === 'enum' && kind.values.length === 1 ? kind.values.map(quoted) : [];
}

function reader({ name, fields }: GoStruct): string[] {
  const reads = fields.map(({ name: field, key, type, isRequired }) => {
    const how = `${isRequired ? 'required' : 'optional'}${type.isNullable ? 'OrNull' : ''}`;
    const read = `${how}(o, ${quoted(key)}, ${type.reader})`;
    const isValue = type.hasNil && how !== 'required';
    return `value.${field} = ${isValue ? `valueOf(${read})` : read}`;
  });
  return func([], `decode${name}(raw json.RawMessage) (value ${name}, fault *ContractError)`, [
    ...(reads.length === 0
      ? ['_, fault = readObject(raw)', 'return value, fault']
      : [
          'o, fault := readObject(raw)',
          'if fault != nil {',
          '\treturn value, fault',
          '}',
          ...reads,
          'return value, o.fault',
        ]),
  ]);
}

function validation({ name, fields }: GoStruct, patterns: Patterns): string[] {
  const checks = fields.flatMap((field) => checksOf(field, patterns));
  const usesOpen = checks.some((line) => /\bopen\b/.test(line));
  return [
    ...func(
      [`// Validate returns the first breach of the contract as a *ContractError; nil if there is none.`],
      `(value ${name}) Validate() error`,
      ['return asError(value.check(false))'],
    ),
    ...func(
      checks.length === 0 ? [] : usesOpen ? ['// check accepts values that enums do not list if open is true.'] : [],
      `(${checks.length === 0 ? '' : 'value '}${name}) check(${usesOpen ? 'open' : '_'} bool) *ContractError`,
      [...checks, 'return nil'],
    ),
  ];
}
