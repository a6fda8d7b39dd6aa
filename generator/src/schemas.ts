/** Converts the document's schemas to what validates messages. */
import { groupsFrom } from './cycles.ts';
import type { Schema } from './document.ts';

/** The bounds that the formats of integers mean. */
const INTEGER_FORMATS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  uint64: [0, Infinity],
};

/** What decides which values are valid; other keywords are notes. */
const KEYWORDS = new Set([
  ...['type', 'const', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'required', 'properties'],
  ...['patternProperties', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties', 'dependencies'],
  ...['items', 'additionalItems', 'contains', 'minItems', 'maxItems', 'uniqueItems', 'minimum', 'maximum'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
]);
/** Keywords whose value is an object of schemas. */
const MAPS = new Set(['properties', 'patternProperties', 'dependencies']);
/** Keywords whose value is no schema. */
const VALUES = new Set(['const', 'enum', 'required', 'type']);
/** Keywords with schemas that together describe one value. */
const PARTS = new Set(['allOf', 'anyOf', 'oneOf', 'then', 'else']);
/** Keywords with schemas that values are compared with. */
const CONDITIONS = new Set(['not', 'if', 'contains', 'dependencies']);
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf', 'if', 'dependencies'];

export interface SchemaOptions {
  /** Whether unknown fields are refused where the schema does not say: what is sent carries no field by accident. */
  readonly isClosed: boolean;
  /** Whether unknown fields are accepted even where the schema forbids them, and unknown values of open enums: newer writers may add some. */
  readonly isTolerant?: boolean;
  /** Whether unknown values of open enums are accepted. By default, if it is tolerant. */
  readonly hasOpenEnums?: boolean;
  /** Whether a value may be several alternatives of `oneOf`. By default, if it is tolerant: with unknown fields, they may be alike. */
  readonly mayBeSeveral?: boolean;
  /** Whether integers are kept to those that JavaScript has exactly. By default they are. */
  readonly isBounded?: boolean;
}

/**
 * Returns a schema to validate by, without notes. A schema that contains itself gets a definition that it refers to.
 */
export function schemaOf(schema: unknown, options: SchemaOptions): object | boolean {
  const converter = new Converter(options, schemasInCycles(schema));
  const root = converter.schema(schema);
  if (typeof root === 'boolean' || converter.definitions.size === 0) return root;
  return { ...root, definitions: Object.fromEntries(converter.definitions) };
}

/**
 * What a schema is for: a whole value; a part of it, which others may extend; or a condition, whose meaning would change with
 * the fields that it accepts.
 */
type Use = 'whole' | 'part' | 'condition';

class Converter {
  readonly definitions = new Map<string, object | boolean>();
  readonly #options: Required<SchemaOptions>;
  readonly #recursive: ReadonlySet<object>;
  /** The numbers of those that have a definition. */
  readonly #numbers = new Map<object, number>();

  constructor(options: SchemaOptions, recursive: ReadonlySet<object>) {
    const { isTolerant = false } = options;
    this.#options = { isTolerant, hasOpenEnums: isTolerant, mayBeSeveral: isTolerant, isBounded: true, ...options };
    this.#recursive = recursive;
  }

  schema(value: unknown, use: Use = 'whole'): object | boolean {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null) return {};
    if (!this.#recursive.has(value)) return this.#copy(value, use);
    const number = this.#numbers.get(value) ?? this.#numbers.size + 1;
    this.#numbers.set(value, number);
    const name = `${String(number)}-${use}`;
    if (!this.definitions.has(name)) {
      this.definitions.set(name, true);
      this.definitions.set(name, this.#copy(value, use));
    }
    return { $ref: `#/definitions/${name}` };
  }

  #copy(schema: Schema, use: Use): object {
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(schema)) {
      if (KEYWORDS.has(name)) copy[this.#nameOf(name, schema, use)] = this.#keyword(name, item, use);
    }
    this.#boundIntegers(copy, use);
    // Newer writers may send other values.
    if (this.#options.hasOpenEnums && use !== 'condition' && schema['x-open-enum'] === true) delete copy['enum'];
    if (use !== 'condition') this.#decideUnknownFields(copy, schema, use);
    return copy;
  }

  /** A value may be like several alternatives if only a discriminator distinguishes them. */
  #nameOf(keyword: string, { discriminator }: Schema, use: Use): string {
    const mayBeAlike = discriminator !== undefined || (this.#options.mayBeSeveral && use !== 'condition');
    return keyword === 'oneOf' && mayBeAlike ? 'anyOf' : keyword;
  }

  #keyword(name: string, item: unknown, use: Use): unknown {
    if (VALUES.has(name)) return item;
    const inner = use === 'condition' || CONDITIONS.has(name) ? 'condition' : PARTS.has(name) ? 'part' : use;
    if (MAPS.has(name)) {
      const entries = Object.entries(item as Record<string, unknown>);
      return Object.fromEntries(entries.map(([key, one]) => [key, Array.isArray(one) ? one : this.schema(one, inner)]));
    }
    if (Array.isArray(item)) return item.map((one) => this.schema(one, inner));
    return typeof item === 'object' ? this.schema(item, inner) : item;
  }

  /** JavaScript has no exact integers beyond 2^53: such a number would silently become another one. */
  #boundIntegers(copy: Record<string, unknown>, use: Use): void {
    const isInteger = copy['type'] === 'integer' || (Array.isArray(copy['type']) && copy['type'].includes('integer'));
    if (!isInteger) return;
    // A condition has its meaning without the bounds.
    const isSafe = this.#options.isBounded && use !== 'condition';
    const [low, high] = isSafe ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [-Infinity, Infinity];
    const [least, most] = INTEGER_FORMATS[String(copy['format'])] ?? [low, high];
    this.#bound(copy, Math.max(least, low), Math.min(most, high));
  }

  #bound(copy: Record<string, unknown>, least: number, most: number): void {
    const [minimum, maximum] = [copy['minimum'] ?? copy['exclusiveMinimum'], copy['maximum'] ?? copy['exclusiveMaximum']]; // prettier-ignore
    if (Number.isFinite(least) && !(Number(minimum) >= least)) copy['minimum'] = least;
    if (Number.isFinite(most) && !(Number(maximum) <= most)) copy['maximum'] = most;
  }

  #decideUnknownFields(copy: Record<string, unknown>, schema: Schema, use: Use): void {
    if (this.#options.isTolerant) {
      if (copy['additionalProperties'] === false) delete copy['additionalProperties'];
      return;
    }
    if (!this.#options.isClosed || use === 'part' || 'additionalProperties' in copy) return;
    if (COMBINATIONS.some((name) => name in copy)) {
      // Only together do the parts say which fields there are.
      if (hasProperties(schema)) copy['unevaluatedProperties'] = false;
    } else if (schema.properties !== undefined && Object.keys(schema.properties).length > 0)
      copy['additionalProperties'] = false;
  }
}

/** Whether a schema names fields, itself or in the schemas that it combines. */
export function hasProperties(schema: Schema | boolean, seen: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof schema === 'boolean' || seen.has(schema)) return false;
  if (schema.properties !== undefined) return true;
  const inner = new Set([...seen, schema]);
  return [schema.allOf, schema.anyOf, schema.oneOf].some((parts) => parts?.some((part) => hasProperties(part, inner)));
}

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Returns the schemas that contain themselves and that several schemas refer to: without definitions of their own, they would multiply. */
function schemasInCycles(root: unknown): ReadonlySet<object> {
  if (!isNode(root)) return new Set();
  const childrenOf = (value: object) => Object.values(value).filter(isNode);
  const cycles = groupsFrom(root, childrenOf)
    .filter(({ length }) => length > 1)
    .flat();
  const uses = new Map<object, number>();
  for (const child of cycles.flatMap(childrenOf)) uses.set(child, (uses.get(child) ?? 0) + 1);
  return new Set([...recursiveSchemas(root), ...cycles.filter((one) => (uses.get(one) ?? 0) > 1)]);
}

/** Returns the schemas at which a walk comes back to where it has been. */
export function recursiveSchemas(root: unknown): object[] {
  const recursive = new Set<object>();
  const path = new Set<object>();
  const done = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (path.has(value)) {
      recursive.add(value);
      return;
    }
    if (done.has(value)) return;
    path.add(value);
    for (const item of Object.values(value)) visit(item);
    path.delete(value);
    done.add(value);
  };
  visit(root);
  return [...recursive];
}
