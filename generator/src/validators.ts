/** Generates validators by Ajv: plain functions that need no Ajv at run time. */
import { Ajv2019 } from 'ajv/dist/2019.js';
import standalone from 'ajv/dist/standalone/index.js';
import formats from 'ajv-formats/dist/formats.js';
import type { Schema } from './document.ts';
import { readable } from './readable.ts';

// Upper and lower case mean the same UUID.
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The formats whose rule is an expression; the other ones are only notes for people, or bounds of numbers. */
export const FORMATS: Readonly<Record<string, RegExp | true>> = {
  ...Object.fromEntries(
    Object.entries(formats.fastFormats).map(([name, format]) => {
      const rule: unknown = typeof format === 'object' && 'validate' in format ? format.validate : format;
      return [name, rule instanceof RegExp ? rule : true];
    }),
  ),
  uuid: UUID,
};

/** The bounds that the formats of integers mean. */
const INTEGER_FORMATS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
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
}

/** A schema that validates, by the name of its validator. */
export type Validated = ReadonlyMap<string, object>;

/** A schema cannot be compiled. */
export class SchemaError extends Error {
  readonly validator: string;

  constructor(validator: string, sentence: string) {
    super(sentence);
    this.validator = validator;
  }
}

export function createAjv(options: object = {}): Ajv2019 {
  return new Ajv2019({
    formats: FORMATS,
    strict: false,
    strictNumbers: true,
    ownProperties: true,
    logger: false,
    ...options,
  });
}

const INHERITED = new RegExp(`"(?:${Object.getOwnPropertyNames(Object.prototype).join('|')})":`);

/** Returns the code of the validators. @throws {SchemaError} */
export function validatorsCode(schemas: Validated): string {
  if (schemas.size === 0) return '';
  const unevaluated = [...schemas.values()].some((schema) =>
    JSON.stringify(schema).includes('"unevaluatedProperties"'),
  );
  const ajv = createAjv({ messages: false, code: { source: true, esm: true, lines: true } });
  // Ajv2019 itself sets it, and then writes code for it into every validator.
  ajv.opts.unevaluated = unevaluated;
  // Every object inherits fields of these names.
  ajv.opts.ownProperties = [...schemas.values()].some((schema) => INHERITED.test(JSON.stringify(schema)));
  for (const [name, schema] of schemas) {
    try {
      ajv.addSchema(schema, name);
      ajv.getSchema(name);
    } catch (error) {
      throw new SchemaError(name, (error as Error).message);
    }
  }
  // Ajv exports names of ASCII letters only.
  const names = new Map([...schemas.keys()].map((name, index) => [`validateExported${String(index)}`, name]));
  return tidy(standalone.default(ajv, Object.fromEntries(names)), names);
}

/**
 * Returns a schema to validate by, without notes. A schema that contains itself gets a definition that it refers to.
 */
export function schemaOf(schema: unknown, options: SchemaOptions): object | boolean {
  const converter = new Converter(options, recursiveSchemas(schema));
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
  readonly #options: SchemaOptions;
  readonly #recursive: readonly object[];

  constructor(options: SchemaOptions, recursive: readonly object[]) {
    this.#options = options;
    this.#recursive = recursive;
  }

  schema(value: unknown, use: Use = 'whole'): object | boolean {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null) return {};
    const index = this.#recursive.indexOf(value);
    if (index < 0) return this.#copy(value, use);
    const name = `${String(index + 1)}-${use}`;
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
    this.#boundIntegers(copy);
    // Newer writers may send other values.
    if (this.#options.isTolerant === true && use !== 'condition' && schema['x-open-enum'] === true) delete copy['enum'];
    if (use !== 'condition') this.#decideUnknownFields(copy, schema, use);
    return copy;
  }

  /** With unknown fields, a value may be like several alternatives; so it may if only a discriminator distinguishes them. */
  #nameOf(keyword: string, { discriminator }: Schema, use: Use): string {
    const mayBeAlike = discriminator !== undefined || (this.#options.isTolerant === true && use !== 'condition');
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
  #boundIntegers(copy: Record<string, unknown>): void {
    const isInteger = copy['type'] === 'integer' || (Array.isArray(copy['type']) && copy['type'].includes('integer'));
    if (!isInteger) return;
    const format = copy['format'];
    const [least, most] = INTEGER_FORMATS[String(format)] ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    if (!(Number(copy['minimum'] ?? copy['exclusiveMinimum']) >= least)) copy['minimum'] = least;
    if (!(Number(copy['maximum'] ?? copy['exclusiveMaximum']) <= most)) copy['maximum'] = most;
  }

  #decideUnknownFields(copy: Record<string, unknown>, schema: Schema, use: Use): void {
    if (this.#options.isTolerant === true) {
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
function hasProperties(schema: Schema | boolean, seen: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof schema === 'boolean' || seen.has(schema)) return false;
  if (schema.properties !== undefined) return true;
  const inner = new Set([...seen, schema]);
  return [schema.allOf, schema.anyOf, schema.oneOf].some((parts) => parts?.some((part) => hasProperties(part, inner)));
}

/** Returns the schemas that contain themselves. */
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

const LENGTH = /const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;?/g;
const EQUAL = /const (\w+) = require\("ajv\/dist\/runtime\/equal"\)\.default;?/g;

/** Gives the functions their own names, and removes code that is unused or would need Ajv. */
function tidy(code: string, names: ReadonlyMap<string, string>): string {
  let tidied = code.replace('"use strict";', '');
  for (const [line, exported, internal] of code.matchAll(/export const ([\w$]+) = (\w+);/g)) {
    tidied = tidied.replace(line, '').replaceAll(identifier(internal ?? ''), exported ?? '');
  }
  // Strings are measured in code points, as in JSON Schema.
  const helpers: string[] = [];
  const replace = (pattern: RegExp, name: string, helper: string) => {
    const found = [...tidied.matchAll(pattern)].map((match) => match[1] ?? '');
    tidied = tidied.replaceAll(pattern, '');
    for (const one of found) tidied = tidied.replaceAll(identifier(one), name);
    if (found.length > 0) helpers.push(helper);
  };
  replace(LENGTH, 'codePoints', CODE_POINTS);
  replace(EQUAL, 'isEqual', IS_EQUAL);
  tidied = readable(inlined(failing(tidied)));
  for (const [alias, name] of names) {
    tidied = tidied
      .replace(`function ${alias}(`, `export function ${alias}(`)
      .replaceAll(identifier(alias), () => name);
  }
  tidied = [HELPERS, ...helpers, tidied].join('\n\n');
  const needed = /require\("([^"]+)"\)/.exec(tidied);
  if (needed !== null) throw new Error(`a validator would need ${needed[1] ?? ''} when it runs`);
  return tidied;
}

/** Matches a variable of Ajv's, and no field or text of the same name. */
const identifier = (name: string) => new RegExp(`(?<![\\w.$"'/])${name}(?![\\w$])`, 'g');

const HELPERS = `import { isObject } from './runtime.js';

/** Leaves the error where Ajv's validators leave theirs. */
function fail(validate, instancePath, keyword, params) {
  validate.errors = [{ instancePath, keyword, params }];
  return false;
}`;
const CODE_POINTS = 'const codePoints = (text) => Array.from(text).length;';
const IS_EQUAL = `/** Compares JSON values. */
function isEqual(one, other) {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && isEqual(one[name], other[name]));
}`;

// Ajv writes four lines for every way to fail; `fail` does the same in one.
const FAILURE =
  /(\w+)\.errors = \[\{instancePath(?::([^\n]*?))?,schemaPath:"[^"\n]*",keyword:"(\w+)",params:(\{[^\n]*\})\}\];\s*return false;/g;

function failing(code: string): string {
  return code.replaceAll(
    FAILURE,
    (_match, name: string, path: string | undefined, keyword: string, params: string) =>
      `return fail(${name}, ${path ?? 'instancePath'}, "${keyword}", ${params});`,
  );
}

/** Replaces references to whole schemas, which Ajv keeps for the few values that its errors cite, by these values. */
function inlined(code: string): string {
  const schemas = new Map<string, unknown>();
  const without = code.replaceAll(/^const (schema\d+) = (.*);$/gm, (_line, name: string, json: string) => {
    schemas.set(name, JSON.parse(json));
    return '';
  });
  return without.replaceAll(
    /(?<![\w.$"'/])(schema\d+)((?:\.\w+|\["[^"]*"\]|\[\d+\])*)/g,
    (match, name: string, path: string) => {
      if (!schemas.has(name)) return match;
      const steps = [...path.matchAll(/\.(\w+)|\["([^"]*)"\]|\[(\d+)\]/g)].map(([, dotted, quoted, index]) => {
        return dotted ?? quoted ?? index ?? '';
      });
      const value = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], schemas.get(name));
      return JSON.stringify(value);
    },
  );
}
