/** Compares schemas of Avro, as its specification resolves the schema of a writer to that of a reader. */
import { createRequire } from 'node:module';
import type { Schema, Type } from 'avsc';

// Loaded when it is needed: most documents have no such schema.
const require = createRequire(import.meta.url);
const library = () => require('avsc') as typeof import('avsc');

export type Resolution =
  | { readonly kind: 'accepted' }
  /** With a value of the writer. */
  | { readonly kind: 'refused'; readonly why: string; readonly value: unknown }
  /** A schema is not complete, or none of Avro. */
  | { readonly kind: 'unknown' };

export function resolutionOf(writer: unknown, reader: unknown): Resolution {
  const avro = library();
  let types: [Type, Type];
  try {
    types = [avro.Type.forSchema(writer as Schema), avro.Type.forSchema(reader as Schema)];
  } catch {
    return { kind: 'unknown' };
  }
  const [from, to] = types;
  try {
    // The specification compares names without namespaces.
    to.createResolver(from, { ignoreNamespaces: true });
    return { kind: 'accepted' };
  } catch (error) {
    return { kind: 'refused', why: (error as Error).message, value: sampleOf(from) };
  }
}

const MAX_DEPTH = 6;

/** Returns a value as JSON. Of alternatives it takes the last one, which is often the new one. */
function sampleOf(type: Type, depth = 0): unknown {
  const { ArrayType, BooleanType, EnumType, FixedType, LogicalType, MapType, NullType, RecordType } = library().types;
  const { StringType, BytesType, UnwrappedUnionType, WrappedUnionType } = library().types;
  const inner = (one: Type) => sampleOf(one, depth + 1);
  if (type instanceof RecordType)
    return Object.fromEntries(type.fields.map((field) => [field.name, inner(field.type)]));
  if (type instanceof UnwrappedUnionType || type instanceof WrappedUnionType) {
    const branch = depth > MAX_DEPTH ? type.types[0] : type.types.at(-1);
    return branch === undefined ? null : inner(branch);
  }
  if (type instanceof ArrayType) return depth > MAX_DEPTH ? [] : [inner(type.itemsType)];
  if (type instanceof MapType) return depth > MAX_DEPTH ? {} : { key: inner(type.valuesType as Type) };
  if (type instanceof LogicalType) return inner(type.underlyingType);
  if (type instanceof EnumType) return type.symbols.at(-1);
  if (type instanceof NullType) return null;
  if (type instanceof BooleanType) return true;
  return [StringType, BytesType, FixedType].some((text) => type instanceof text) ? 'a' : 1;
}
