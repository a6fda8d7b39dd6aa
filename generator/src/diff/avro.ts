/** Compares schemas of Avro, as its specification resolves the schema of a writer to that of a reader. */
import { createRequire } from 'node:module';
import type { ForSchemaOptions, Schema, Type, types } from 'avsc';
import { isObject } from '../json-object.ts';

// Loaded when it is needed: most documents have no such schema.
const require = createRequire(import.meta.url);
const library = () => require('avsc') as typeof import('avsc');

export type Resolution =
  | { readonly kind: 'accepted' }
  /** With a value of the writer. */
  | { readonly kind: 'refused'; readonly why: string; readonly field: AvroField; readonly value: unknown }
  /** The bytes can be read, but may have another meaning. */
  | { readonly kind: 'unclear'; readonly why: string; readonly field: AvroField }
  /** A schema is not complete, or none of Avro. */
  | { readonly kind: 'unknown' };

/** The fields that lead to a type, as both sides name them; undefined if a side does not have the field. */
export type AvroField = readonly Readonly<Record<'writer' | 'reader', string | undefined>>[];

export function resolutionOf(writer: unknown, reader: unknown): Resolution {
  const [from, to] = [parsed(writer), parsed(reader)];
  if (from === undefined || to === undefined) return { kind: 'unknown' };
  const differences = differencesOf(from, to);
  const why = refusalOf(from, to);
  if (why !== undefined) return refused(from, why, differences);
  const logical = differences.flatMap(({ kind, field, types: [one, other] }) => {
    const names = field.map(({ writer: name }) => name);
    const [was = 'none', is = 'none'] = [logicalTypes.get(one), logicalTypes.get(other)];
    const subject = names.length === 0 ? 'the logical type' : `the logical type of ${names.join('.')}`;
    const sentence = `${subject} is ${was} for the writer and ${is} for the reader`;
    return kind === 'logical'
      ? [{ isDecimal: [was, is].every((text) => text.startsWith('decimal')), field, sentence }]
      : [];
  });
  const decimal = logical.find(({ isDecimal }) => isDecimal);
  if (decimal !== undefined)
    return { kind: 'refused', why: decimal.sentence, field: decimal.field, value: sampleOf(from) };
  const [first] = logical;
  if (first === undefined) return { kind: 'accepted' };
  const sentence = `${first.sentence}: the bytes can be read, but may mean another value`;
  return { kind: 'unclear', why: sentence, field: first.field };
}

/** @param why the sentence of the library, which names neither the field nor the symbols that an enum lacks. */
function refused(from: Type, why: string, differences: readonly Difference[]): Resolution {
  const isRefused = ({ kind, types }: Difference) => kind === 'missing' || (['symbol', 'type'].includes(kind) && refusalOf(...types) !== undefined); // prettier-ignore
  const found = differences.find(isRefused);
  if (found === undefined) return { kind: 'refused', why, field: [], value: sampleOf(from) };
  const { kind, field, types, names } = found;
  const sentence =
    kind === 'symbol'
      ? `the enum ${types[1].name ?? ''} has no symbol ${names.join(', ')}`
      : kind === 'missing'
        ? `the writer has no field ${names.join()}, for which the reader has no default`
        : (refusalOf(...types) ?? why);
  return { kind: 'refused', why: sentence, field, value: sampleOf(from, kind === 'symbol' ? names.at(-1) : undefined) };
}

/** Returns the first field of a version with fields, symbols or types that an older one does not have; undefined if there are none. */
export function extendedAvroField(before: unknown, after: unknown): AvroField | undefined {
  const [was, is] = [parsed(before), parsed(after)];
  if (was === undefined || is === undefined) return undefined;
  return differencesOf(is, was).find(({ kind }) => kind !== 'logical' && kind !== 'missing')?.field;
}

/** The logical types of parsed schemas, with what must be the same. */
const logicalTypes = new WeakMap<Type, string>();

/** Returns the type of a schema, which may be a text. */
function parsed(schema: unknown): Type | undefined {
  const avro = library();
  // The library has no logical types of its own.
  const typeHook: ForSchemaOptions['typeHook'] = (one, options) => {
    if (!isObject(one) || typeof one['logicalType'] !== 'string') return undefined;
    const { logicalType, ...base } = one;
    const type = avro.Type.forSchema(base, options);
    const { precision = 'none', scale = 0 } = one;
    const isDecimal = logicalType === 'decimal';
    logicalTypes.set(
      type,
      isDecimal ? `decimal (precision ${String(precision)}, scale ${String(scale)})` : logicalType,
    );
    return type;
  };
  try {
    return avro.Type.forSchema(withoutText(schema) as Schema, { typeHook });
  } catch {
    return undefined;
  }
}

/** Names of types are texts too, but no JSON. */
function withoutText(schema: unknown): unknown {
  if (typeof schema !== 'string') return schema;
  try {
    return (JSON.parse(schema) as unknown) ?? schema;
  } catch {
    return schema;
  }
}

/** Returns why a schema cannot be resolved; undefined if it can. */
function refusalOf(from: Type, to: Type): string | undefined {
  try {
    // The specification compares names without namespaces.
    to.createResolver(from, { ignoreNamespaces: true });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Field = types.RecordType['fields'][number];

/** What the writer has and the reader does not have, a field that the reader misses, or another logical type. */
interface Difference {
  readonly kind: 'field' | 'missing' | 'symbol' | 'type' | 'logical';
  readonly field: AvroField;
  readonly types: readonly [from: Type, to: Type];
  /** Those of the symbols, or of the field that is missing. */
  readonly names: readonly string[];
}

function differencesOf(root: Type, reader: Type): Difference[] {
  const { ArrayType, EnumType, FixedType, MapType, RecordType, UnwrappedUnionType, WrappedUnionType } = library().types;
  const seen = new Map<Type, Set<Type>>();
  const branches = (type: Type) => type instanceof UnwrappedUnionType || type instanceof WrappedUnionType ? type.types : [type]; // prettier-ignore
  const isSame = (one: Type, other: Type) => one.typeName === other.typeName && simple(one.name) === simple(other.name);

  function compare(from: Type, to: Type, field: AvroField): Difference[] {
    const readers = branches(to);
    return branches(from).flatMap((one) => {
      const other =
        readers.find((each) => isSame(one, each)) ?? readers.find((each) => refusalOf(one, each) === undefined);
      if (other === undefined) return [{ kind: 'type', field, types: [one, to], names: [] }];
      return compareOne(one, other, field);
    });
  }

  function compareOne(from: Type, to: Type, field: AvroField): Difference[] {
    const known = seen.get(from) ?? new Set();
    if (known.has(to)) return [];
    seen.set(from, known.add(to));
    const types = [from, to] as const;
    const difference = (kind: Difference['kind'], names: readonly string[] = []) => ({ kind, field, types, names });
    const found: Difference[] = logicalTypes.get(from) === logicalTypes.get(to) ? [] : [difference('logical')];
    if (from instanceof EnumType && to instanceof EnumType) {
      const names = from.symbols.filter((symbol) => !to.symbols.includes(symbol));
      return names.length === 0 ? found : [...found, difference('symbol', names)];
    }
    if (from instanceof ArrayType && to instanceof ArrayType)
      return [...found, ...compare(from.itemsType, to.itemsType, field)];
    if (from instanceof MapType && to instanceof MapType)
      return [...found, ...compare(from.valuesType as Type, to.valuesType as Type, field)];
    if (from instanceof FixedType && to instanceof FixedType && from.size !== to.size)
      return [...found, difference('type')];
    if (!(from instanceof RecordType && to instanceof RecordType)) return found;
    const isMatch = ({ name, aliases }: Field, own: Field) => [name, ...aliases].includes(own.name);
    const inFields = from.fields.flatMap((own): Difference[] => {
      const match = to.fields.find((other) => isMatch(other, own));
      const inner = [...field, { writer: own.name, reader: match?.name }];
      return match === undefined ? [{ ...difference('field'), field: inner }] : compare(own.type, match.type, inner);
    });
    const missing = to.fields
      .filter((other) => other.defaultValue() === undefined && !from.fields.some((own) => isMatch(other, own)))
      .map(({ name }) => ({
        ...difference('missing', [name]),
        field: [...field, { writer: undefined, reader: name }],
      }));
    return [...found, ...inFields, ...missing];
  }

  return compare(root, reader, []);
}

const simple = (name: string | undefined) => name?.split('.').at(-1);

const MAX_DEPTH = 6;

/** Returns a value as JSON, with this symbol where it may be. Of alternatives it takes the last one, which is often the new one. */
function sampleOf(type: Type, symbol?: string, depth = 0): unknown {
  const { ArrayType, BooleanType, EnumType, FixedType, LogicalType, MapType, NullType, RecordType } = library().types;
  const { StringType, BytesType, UnwrappedUnionType, WrappedUnionType } = library().types;
  const inner = (one: Type) => sampleOf(one, symbol, depth + 1);
  if (type instanceof RecordType)
    return Object.fromEntries(type.fields.map((field) => [field.name, inner(field.type)]));
  if (type instanceof UnwrappedUnionType || type instanceof WrappedUnionType) {
    const branch = depth > MAX_DEPTH ? type.types[0] : type.types.at(-1);
    return branch === undefined ? null : inner(branch);
  }
  if (type instanceof ArrayType) return depth > MAX_DEPTH ? [] : [inner(type.itemsType)];
  if (type instanceof MapType) return depth > MAX_DEPTH ? {} : { key: inner(type.valuesType as Type) };
  if (type instanceof LogicalType) return inner(type.underlyingType);
  if (type instanceof EnumType) return type.symbols.find((one) => one === symbol) ?? type.symbols.at(-1);
  if (type instanceof NullType) return null;
  if (type instanceof BooleanType) return true;
  return [StringType, BytesType, FixedType].some((text) => type instanceof text) ? 'a' : 1;
}
