/** Compares schemas of Avro, as its specification resolves the schema of a writer to that of a reader. */
import { createRequire } from 'node:module';
import type { ForSchemaOptions, Schema, Type } from 'avsc';
import { isObject } from '../json-object.ts';

// Loaded when it is needed: most documents have no such schema.
const require = createRequire(import.meta.url);
const library = () => require('avsc') as typeof import('avsc');

export type Resolution =
  | { readonly kind: 'accepted' }
  /** With a value of the writer. */
  | { readonly kind: 'refused'; readonly why: string; readonly value: unknown }
  /** The bytes can be read, but may have another meaning. */
  | { readonly kind: 'unclear'; readonly why: string }
  /** A schema is not complete, or none of Avro. */
  | { readonly kind: 'unknown' };

export function resolutionOf(writer: unknown, reader: unknown): Resolution {
  const [from, to] = [parsed(writer), parsed(reader)];
  if (from === undefined || to === undefined) return { kind: 'unknown' };
  const differences = differencesOf(from, to);
  const why = refusalOf(from, to);
  if (why !== undefined) return refused(from, why, differences);
  const logical = differences.flatMap(({ kind, field, types: [one, other] }) => {
    const [was = 'none', is = 'none'] = [logicalTypes.get(one), logicalTypes.get(other)];
    const subject = field.length === 0 ? 'the logical type' : `the logical type of ${field.join('.')}`;
    const sentence = `${subject} is ${was} for the writer and ${is} for the reader`;
    return kind === 'logical' ? [{ isDecimal: [was, is].every((text) => text.startsWith('decimal')), sentence }] : [];
  });
  const decimal = logical.find(({ isDecimal }) => isDecimal);
  if (decimal !== undefined) return { kind: 'refused', why: decimal.sentence, value: sampleOf(from) };
  const [first] = logical;
  if (first === undefined) return { kind: 'accepted' };
  return { kind: 'unclear', why: `${first.sentence}: the bytes can be read, but may mean another value` };
}

/** @param why the sentence of the library, which does not name the symbols that an enum lacks. */
function refused(from: Type, why: string, differences: readonly Difference[]): Resolution {
  const lost = differences.find(
    ({ kind, types: [one] }) => kind === 'symbol' && why.startsWith(`cannot read ${one.toString()} as `),
  );
  if (lost === undefined) return { kind: 'refused', why, value: sampleOf(from) };
  const sentence = `the enum ${lost.types[1].name ?? ''} has no symbol ${lost.names.join(', ')}`;
  return { kind: 'refused', why: sentence, value: sampleOf(from, lost.names.at(-1)) };
}

/** Whether the schema of a version has fields, symbols or types that an older one does not have. */
export function isExtendedAvro(before: unknown, after: unknown): boolean {
  const [was, is] = [parsed(before), parsed(after)];
  return was !== undefined && is !== undefined && differencesOf(is, was).some(({ kind }) => kind !== 'logical');
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

/** What the writer has and the reader does not have, or another logical type. */
interface Difference {
  readonly kind: 'field' | 'symbol' | 'type' | 'logical';
  /** The names of the fields that lead to it. */
  readonly field: readonly string[];
  readonly types: readonly [from: Type, to: Type];
  /** The symbols. */
  readonly names: readonly string[];
}

function differencesOf(root: Type, reader: Type): Difference[] {
  const { ArrayType, EnumType, MapType, RecordType, UnwrappedUnionType, WrappedUnionType } = library().types;
  const seen = new Map<Type, Set<Type>>();
  const branches = (type: Type) => type instanceof UnwrappedUnionType || type instanceof WrappedUnionType ? type.types : [type]; // prettier-ignore
  const isSame = (one: Type, other: Type) => one.typeName === other.typeName && simple(one.name) === simple(other.name);

  function compare(from: Type, to: Type, field: readonly string[]): Difference[] {
    const readers = branches(to);
    return branches(from).flatMap((one) => {
      const other =
        readers.find((each) => isSame(one, each)) ?? readers.find((each) => refusalOf(one, each) === undefined);
      if (other === undefined) return [{ kind: 'type', field, types: [one, to], names: [] }];
      return compareOne(one, other, field);
    });
  }

  function compareOne(from: Type, to: Type, field: readonly string[]): Difference[] {
    const known = seen.get(from) ?? new Set();
    if (known.has(to)) return [];
    seen.set(from, known.add(to));
    const difference = (kind: Difference['kind'], names: readonly string[] = []): Difference => ({
      kind,
      field,
      types: [from, to],
      names,
    });
    const found = logicalTypes.get(from) === logicalTypes.get(to) ? [] : [difference('logical')];
    if (from instanceof EnumType && to instanceof EnumType) {
      const names = from.symbols.filter((symbol) => !to.symbols.includes(symbol));
      return names.length === 0 ? found : [...found, difference('symbol', names)];
    }
    if (from instanceof ArrayType && to instanceof ArrayType)
      return [...found, ...compare(from.itemsType, to.itemsType, field)];
    if (from instanceof MapType && to instanceof MapType)
      return [...found, ...compare(from.valuesType as Type, to.valuesType as Type, field)];
    if (!(from instanceof RecordType && to instanceof RecordType)) return found;
    const inFields = from.fields.flatMap((own) => {
      const match = to.fields.find(({ name, aliases }) => [name, ...aliases].includes(own.name));
      return match === undefined ? [difference('field')] : compare(own.type, match.type, [...field, own.name]);
    });
    return [...found, ...inFields];
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
