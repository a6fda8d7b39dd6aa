/** Generates validators by Ajv: plain functions that need no Ajv at run time. */
import standalone from 'ajv/dist/standalone/index.js';
import { createAjv } from './ajv.ts';
import { readable } from './readable.ts';

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
