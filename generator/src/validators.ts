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
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf', 'if'];

export interface SchemaOptions {
  /** Whether unknown fields are refused where the schema does not say: what is sent carries no field by accident. */
  readonly isClosed: boolean;
  /** Whether unknown fields are accepted even where the schema forbids them: newer writers may add fields. */
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
  return new Ajv2019({ formats: FORMATS, strict: false, strictNumbers: true, logger: false, ...options });
}

/** Returns the code of the validators. @throws {SchemaError} */
export function validatorsCode(schemas: Validated): string {
  if (schemas.size === 0) return '';
  const unevaluated = [...schemas.values()].some((schema) =>
    JSON.stringify(schema).includes('"unevaluatedProperties"'),
  );
  const ajv = createAjv({ messages: false, unevaluated, code: { source: true, esm: true, lines: true } });
  for (const [name, schema] of schemas) {
    try {
      ajv.addSchema(schema, name);
      ajv.getSchema(name);
    } catch (error) {
      throw new SchemaError(name, (error as Error).message);
    }
  }
  const names = Object.fromEntries([...schemas.keys()].map((name) => [name, name]));
  return tidy(standalone.default(ajv, names));
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

class Converter {
  readonly definitions = new Map<string, object | boolean>();
  readonly #options: SchemaOptions;
  readonly #recursive: readonly object[];

  constructor(options: SchemaOptions, recursive: readonly object[]) {
    this.#options = options;
    this.#recursive = recursive;
  }

  schema(value: unknown, isPart = false): object | boolean {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null) return {};
    const index = this.#recursive.indexOf(value);
    if (index < 0) return this.#copy(value, isPart);
    const name = String(index + 1);
    if (!this.definitions.has(name)) {
      this.definitions.set(name, true);
      this.definitions.set(name, this.#copy(value, false));
    }
    return { $ref: `#/definitions/${name}` };
  }

  /** @param isPart whether the schema is combined with others, which may allow more fields. */
  #copy(schema: Schema, isPart: boolean): object {
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(schema)) {
      if (KEYWORDS.has(name)) copy[name] = this.#keyword(name, item, isPart);
    }
    this.#boundIntegers(copy);
    this.#decideUnknownFields(copy, schema, isPart);
    return copy;
  }

  #keyword(name: string, item: unknown, isPart: boolean): unknown {
    if (VALUES.has(name)) return item;
    if (MAPS.has(name)) {
      const entries = Object.entries(item as Record<string, unknown>);
      return Object.fromEntries(entries.map(([key, one]) => [key, Array.isArray(one) ? one : this.schema(one)]));
    }
    const inner = isPart || COMBINATIONS.includes(name) || name === 'then' || name === 'else' || name === 'not';
    if (Array.isArray(item)) return item.map((one) => this.schema(one, inner));
    return typeof item === 'object' ? this.schema(item, inner && name !== 'items') : item;
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

  #decideUnknownFields(copy: Record<string, unknown>, schema: Schema, isPart: boolean): void {
    if (this.#options.isTolerant === true) {
      if (copy['additionalProperties'] === false) delete copy['additionalProperties'];
      return;
    }
    if (!this.#options.isClosed || isPart || 'additionalProperties' in copy) return;
    if (COMBINATIONS.some((name) => name in copy)) {
      // Only together do the parts say which fields there are.
      if (hasProperties(schema)) copy['unevaluatedProperties'] = false;
    } else if (schema.properties !== undefined && Object.keys(schema.properties).length > 0)
      copy['additionalProperties'] = false;
  }
}

/** Whether a schema names fields, itself or in the schemas that it combines, and none of them allows any others. */
function hasProperties(schema: Schema | boolean, seen: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof schema === 'boolean' || seen.has(schema)) return false;
  if (schema.properties !== undefined) return true;
  const inner = new Set([...seen, schema]);
  return [schema.allOf, schema.anyOf, schema.oneOf].some((parts) => parts?.some((part) => hasProperties(part, inner)));
}

/** Returns the schemas that contain themselves. */
function recursiveSchemas(root: unknown): object[] {
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
function tidy(code: string): string {
  let tidied = code.replace('"use strict";', '');
  for (const [line, exported, internal] of code.matchAll(/export const ([\w$]+) = (\w+);/g)) {
    tidied = tidied.replace(line, '').replaceAll(new RegExp(`\\b${internal ?? ''}\\b`, 'g'), exported ?? '');
  }
  // Strings are measured in code points, as in JSON Schema.
  const helpers: string[] = [];
  const replace = (pattern: RegExp, name: string, helper: string) => {
    const found = [...tidied.matchAll(pattern)].map((match) => match[1] ?? '');
    tidied = tidied.replaceAll(pattern, '');
    for (const one of found) tidied = tidied.replaceAll(new RegExp(`\\b${one}\\b`, 'g'), name);
    if (found.length > 0) helpers.push(helper);
  };
  replace(LENGTH, 'codePoints', CODE_POINTS);
  replace(EQUAL, 'isEqual', IS_EQUAL);
  tidied = readable(inlined(failing(tidied))).replaceAll(/^function (validate[A-Z$_])/gm, 'export function $1');
  tidied = [HELPERS, ...helpers, tidied].join('\n\n');
  const needed = /require\("([^"]+)"\)/.exec(tidied);
  if (needed !== null) throw new Error(`a validator would need ${needed[1] ?? ''} when it runs`);
  return tidied;
}

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
  return without.replaceAll(/\b(schema\d+)((?:\.\w+|\["[^"]*"\]|\[\d+\])*)/g, (_match, name: string, path: string) => {
    const steps = [...path.matchAll(/\.(\w+)|\["([^"]*)"\]|\[(\d+)\]/g)].map(([, dotted, quoted, index]) => {
      return dotted ?? quoted ?? index ?? '';
    });
    const value = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], schemas.get(name));
    return JSON.stringify(value);
  });
}
