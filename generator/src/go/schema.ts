/** Decides what a schema is in Go: one kind of value with its rules. Refuses schemas that are none. */
import type { Schema } from '../document.ts';
import type { Path } from '../pointer.ts';
import { FORMATS } from '../ajv.ts';
import { merged, MergeError } from './merge.ts';
import { goPattern, PatternError } from './pattern.ts';

/** All keywords that decide which values are valid, of which some are refused. */
export interface AnySchema extends Schema {
  readonly minLength?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

export interface Text {
  readonly kind: 'text';
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  /** Expressions that it must match, for Go, each with its rule. */
  readonly patterns: readonly { readonly expression: string; readonly rule: string }[];
}

/** A text from a list. */
export interface Enum {
  readonly kind: 'enum';
  readonly values: readonly string[];
  readonly meanings: Readonly<Record<string, string>> | undefined;
}

export interface Numeric {
  readonly kind: 'integer' | 'number';
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Whether the bounds themselves are invalid. Integers have none of these. */
  readonly isAboveMinimum: boolean;
  readonly isBelowMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly values: readonly number[] | undefined;
}

export interface Bool {
  readonly kind: 'boolean';
  readonly value: boolean | undefined;
}

export interface List {
  readonly kind: 'list';
  readonly items: Schema;
  readonly minItems: number;
  readonly maxItems: number | undefined;
  readonly isUnique: boolean;
}

/** An object with these fields. */
export interface Struct {
  readonly kind: 'struct';
  readonly fields: readonly { readonly name: string; readonly schema: Schema; readonly isRequired: boolean }[];
}

/** An object with any fields, which are all alike. */
export interface Dictionary {
  readonly kind: 'map';
  readonly values: Schema;
  readonly minProperties: number;
  readonly maxProperties: number | undefined;
}

/** JSON that is not decoded: any value, any object or any list. */
export interface Raw {
  readonly kind: 'raw';
  readonly first: '{' | '[' | undefined;
}

export type Kind = Text | Enum | Numeric | Bool | List | Struct | Dictionary | Raw;

export interface KindOf {
  readonly kind: Kind;
  readonly isNullable: boolean;
  /** The schema without what makes it nullable; its parts are merged. */
  readonly schema: AnySchema;
}

/** A schema has no Go. */
export class UnsupportedError extends Error {
  readonly path: Path;

  constructor(path: Path, sentence: string) {
    super(sentence);
    this.path = path;
  }
}

const REFUSED: Readonly<Record<string, string>> = {
  not: 'list what is valid instead',
  if: 'describe each case as a message of its own',
  dependencies: 'describe each case as a message of its own',
  contains: 'describe all items',
  propertyNames: 'name the fields',
  patternProperties: 'describe all fields of the object by additionalProperties',
};

/** The names that encoding/json takes from a tag; it silently ignores others. */
const TAG = /^[\p{L}\p{Nd}!#$%&()*+\-./:;<=>?@[\]^_{|}~ ]+$/u;

const MAX_EXACT = Number.MAX_SAFE_INTEGER;

const INTEGER_FORMATS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

const known = new WeakMap<Schema, KindOf>();

/** Returns what a schema is. @throws {UnsupportedError} */
export function kindOf(schema: Schema, path: Path): KindOf {
  const found = known.get(schema) ?? decide(schema, path);
  known.set(schema, found);
  return found;
}

function decide(given: Schema, path: Path): KindOf {
  const whole = mergedAt(given, path);
  const [schema, isNullable] = withoutNull(whole);
  if (schema !== whole && schema.allOf !== undefined) {
    const inner = kindOf(schema, path);
    return { ...inner, isNullable: isNullable || inner.isNullable };
  }
  for (const [keyword, remedy] of Object.entries(REFUSED)) {
    if (keyword in schema) throw new UnsupportedError(path, `has ${keyword}, for which Go has no type; ${remedy}`);
  }
  if (schema.oneOf !== undefined || schema.anyOf !== undefined) {
    throw new UnsupportedError(
      path,
      `has alternatives (${schema.oneOf === undefined ? 'anyOf' : 'oneOf'}), for which Go has no type; describe each as a ` +
        'message of its own, or all as one object with optional fields',
    );
  }
  return { kind: single(schema, path), isNullable, schema };
}

function mergedAt(schema: Schema, path: Path): AnySchema {
  try {
    return merged(schema);
  } catch (error) {
    if (!(error instanceof MergeError)) throw error;
    throw new UnsupportedError(path, `has parts (allOf) that ${error.message}; write it as one schema`);
  }
}

/** Returns a schema without the alternative null. */
function withoutNull(schema: AnySchema): [AnySchema, boolean] {
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const alternatives = schema[keyword];
    const others = alternatives?.filter((one) => one.type !== 'null') ?? [];
    const [only] = others;
    if (alternatives === undefined || only === undefined || others.length > 1) continue;
    const { [keyword]: _, ...rest } = schema;
    return [{ ...rest, allOf: [only] }, others.length < alternatives.length];
  }
  const types = [schema.type ?? []].flat();
  const values = schema.enum;
  const isNullable = types.includes('null') && (values === undefined || values.includes(null));
  if (!types.includes('null') && values?.includes(null) !== true) return [schema, false];
  const others = types.filter((type) => type !== 'null');
  const [first] = others;
  return [
    {
      ...schema,
      ...(first !== undefined && { type: others.length === 1 ? first : others }),
      ...(values !== undefined && { enum: values.filter((value) => value !== null) }),
    },
    isNullable || (types.length === 0 && values?.includes(null) === true),
  ];
}

function single(schema: AnySchema, path: Path): Kind {
  const values = 'const' in schema ? [schema.const] : schema.enum;
  const types = schema.type === undefined ? impliedTypes(schema, values) : [schema.type].flat();
  const [type] = types;
  if (types.length > 1) {
    throw new UnsupportedError(
      path,
      `may be ${types.join(' or ')}, for which Go has no type; choose one of them, or leave the type out for any JSON`,
    );
  }
  switch (type) {
    case undefined:
      return { kind: 'raw', first: undefined };
    case 'string':
      return values === undefined ? text(schema, path) : enumOf(schema, values, path);
    case 'integer':
    case 'number':
      return numeric(type, schema, values, path);
    case 'boolean':
      return { kind: 'boolean', value: values?.length === 1 ? values[0] === true : undefined };
    case 'array':
      return list(schema, path);
    case 'object':
      return object(schema, path);
    default:
      throw new UnsupportedError(path, `is ${type}, for which Go has no type; leave it out`);
  }
}

function impliedTypes(schema: AnySchema, values: readonly unknown[] | undefined): string[] {
  if (values !== undefined) {
    const types = values.map((value) =>
      Array.isArray(value) ? 'array' : value === null ? 'null' : Number.isInteger(value) ? 'integer' : typeof value,
    );
    return [...new Set(types)];
  }
  if (schema.properties !== undefined || typeof schema.additionalProperties === 'object') return ['object'];
  return schema.items === undefined ? [] : ['array'];
}

function text(schema: AnySchema, path: Path): Text {
  const patterns: { expression: string; rule: string }[] = [];
  try {
    if (schema.pattern !== undefined) {
      patterns.push({ expression: goPattern(schema.pattern), rule: `must match ${schema.pattern}` });
    }
    const format = FORMATS[schema.format ?? ''];
    if (format instanceof RegExp) {
      const flags = format.flags.includes('i') ? '(?i)' : '';
      patterns.push({
        expression: flags + goPattern(format.source),
        rule: `must be a ${(schema.format ?? '').toUpperCase()}`,
      });
    }
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new UnsupportedError(path, `has an expression that ${error.message}; write a simpler one`);
  }
  return { kind: 'text', minLength: schema.minLength, maxLength: schema.maxLength, patterns };
}

function enumOf({ 'x-meanings': meanings }: AnySchema, values: readonly unknown[], path: Path): Enum {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === 0) throw new UnsupportedError(path, 'lists no valid value; list one');
  return { kind: 'enum', values: texts, meanings };
}

function numeric(
  kind: 'integer' | 'number',
  schema: AnySchema,
  given: readonly unknown[] | undefined,
  path: Path,
): Numeric {
  const values = given?.filter((value) => typeof value === 'number');
  const { multipleOf } = schema;
  if (kind === 'number') {
    if (multipleOf !== undefined) {
      throw new UnsupportedError(path, 'has multipleOf and is no integer, which Go cannot check; leave it out');
    }
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
    const isAboveMinimum = exclusiveMinimum !== undefined && !(minimum !== undefined && minimum > exclusiveMinimum);
    const isBelowMaximum = exclusiveMaximum !== undefined && !(maximum !== undefined && maximum < exclusiveMaximum);
    return {
      kind,
      minimum: isAboveMinimum ? exclusiveMinimum : minimum,
      maximum: isBelowMaximum ? exclusiveMaximum : maximum,
      isAboveMinimum,
      isBelowMaximum,
      multipleOf,
      values,
    };
  }
  if (multipleOf !== undefined && (!Number.isInteger(multipleOf) || multipleOf < 1)) {
    throw new UnsupportedError(path, 'has a multipleOf that is no integer, which Go cannot check; leave it out');
  }
  const [least, greatest] = INTEGER_FORMATS[schema.format ?? ''] ?? [-MAX_EXACT, MAX_EXACT];
  const above = Math.floor(schema.exclusiveMinimum ?? -Infinity) + 1;
  const below = Math.ceil(schema.exclusiveMaximum ?? Infinity) - 1;
  const minimum = Math.max(least, above, Math.ceil(schema.minimum ?? -Infinity), ...boundOf(values, Math.min));
  const maximum = Math.min(greatest, below, Math.floor(schema.maximum ?? Infinity), ...boundOf(values, Math.max));
  if (minimum > maximum) throw new UnsupportedError(path, 'has no valid value; correct its bounds');
  return { kind, minimum, maximum, isAboveMinimum: false, isBelowMaximum: false, multipleOf, values };
}

function boundOf(values: readonly number[] | undefined, least: (...numbers: number[]) => number): number[] {
  return values === undefined || values.length === 0 ? [] : [least(...values)];
}

function list(schema: AnySchema, path: Path): Kind {
  const { items, minItems = 0, maxItems, uniqueItems: isUnique = false } = schema;
  if ('const' in schema || schema.enum !== undefined) {
    throw new UnsupportedError(path, 'is a list of constants, for which Go has no type; describe its items');
  }
  if (Array.isArray(items)) {
    throw new UnsupportedError(
      path,
      'is a list with a schema for each item, for which Go has no type; give all items one, or use an object',
    );
  }
  if (items === false) throw new UnsupportedError(path, 'is a list without valid items; leave it out');
  return { kind: 'list', items: typeof items === 'object' ? (items as Schema) : {}, minItems, maxItems, isUnique };
}

function object(schema: AnySchema, path: Path): Kind {
  const { properties, required = [], additionalProperties, minProperties = 0, maxProperties } = schema;
  if ('const' in schema || schema.enum !== undefined) {
    throw new UnsupportedError(path, 'is an object of constants, for which Go has no type; describe its fields');
  }
  const isMap = typeof additionalProperties === 'object';
  if (properties === undefined && required.length === 0) {
    if (isMap) return { kind: 'map', values: additionalProperties, minProperties, maxProperties };
    if (additionalProperties !== false) return { kind: 'raw', first: '{' };
  }
  if (isMap) {
    throw new UnsupportedError(
      path,
      'has named fields and a schema for all others, for which Go has no type; move the others into an object of their own',
    );
  }
  if (minProperties > required.length || maxProperties !== undefined) {
    throw new UnsupportedError(path, 'bounds the number of its fields, which Go cannot check; require the fields');
  }
  const undescribed = required.filter((name) => properties?.[name] === undefined);
  if (undescribed.length > 0) {
    throw new UnsupportedError(
      path,
      `requires ${undescribed.join(', ')}, and does not describe it; list it as a property`,
    );
  }
  const unwritable = Object.keys(properties ?? {}).find((name) => !TAG.test(name));
  if (unwritable !== undefined) {
    throw new UnsupportedError(
      [...path, 'properties', unwritable],
      'has a name that a JSON tag of Go cannot have; use letters, digits and other signs than quotes, commas and backslashes',
    );
  }
  // A boolean in the document: any value, or none.
  const fields = Object.entries(properties ?? {}).flatMap(([name, field]: [string, Schema | boolean]) =>
    field === false ? [] : [{ name, schema: field === true ? {} : field, isRequired: required.includes(name) }],
  );
  return { kind: 'struct', fields };
}
