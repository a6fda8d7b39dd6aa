/** Generates validators of the messages by Ajv: plain functions that need no Ajv at run time. */
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import type { ContractChannel, Contract } from './shape.ts';
import { ContractError } from './document.ts';
import { readable } from './readable.ts';

// Upper and lower case mean the same UUID.
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Integer formats add nothing to the bounds next to them.
export const FORMATS = {
  uuid: UUID,
  int8: true,
  int16: true,
  int32: true,
  uint8: true,
  uint16: true,
  uint32: true,
} as const;

/** Keywords that do not decide which values are valid. */
const ANNOTATIONS = new Set(['title', 'description', 'examples', 'default', 'discriminator', 'deprecated']);

/** Returns the code of one validator per message, named `validate` and its payload type. */
export function validatorsCode({ channels }: Contract, source: string): string {
  const ajv = new Ajv({
    formats: FORMATS,
    allowUnionTypes: true,
    messages: false,
    code: { source: true, esm: true, lines: true },
  });
  const names: Record<string, string> = {};
  for (const channel of channels.filter(({ opaque }) => !opaque)) {
    for (const { payload, payloadType, component } of channel.messages) {
      try {
        ajv.addSchema(schemaOf(payload, channel.direction) as object, payloadType);
        ajv.getSchema(payloadType);
      } catch (error) {
        throw new ContractError(source, [`messages.${component} has a payload that ${String(error)}`]);
      }
      names[`validate${payloadType}`] = payloadType;
    }
  }
  return Object.keys(names).length === 0 ? '' : tidy(standalone.default(ajv, names), source);
}

/** Returns the schema to validate by. Sent messages are closed, so that no field leaves by accident; received ones may have unknown fields. */
export function schemaOf(value: unknown, direction: ContractChannel['direction']): unknown {
  if (Array.isArray(value)) return value.map((item) => schemaOf(item, direction));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (ANNOTATIONS.has(name) || name.startsWith('x-')) continue;
    if (name === 'properties') {
      const properties = Object.entries(item as Record<string, unknown>);
      copy[name] = Object.fromEntries(properties.map(([key, property]) => [key, schemaOf(property, direction)]));
    } else copy[name] = name === 'enum' || name === 'const' ? item : schemaOf(item, direction);
  }
  if (direction === 'send' && 'properties' in copy) copy['additionalProperties'] ??= false;
  return copy;
}

const LENGTH = /const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;?/g;

/** Gives the functions their own names, and removes code that is unused or would need Ajv. */
function tidy(code: string, source: string): string {
  let tidied = code.replace('"use strict";', '');
  for (const [line, exported, internal] of code.matchAll(/export const (\w+) = (\w+);/g)) {
    tidied = tidied.replace(line, '').replaceAll(new RegExp(`\\b${internal ?? ''}\\b`, 'g'), exported ?? '');
  }
  // Strings are measured in code points, as in JSON Schema.
  const lengths = [...tidied.matchAll(LENGTH)].map((match) => match[1] ?? '');
  tidied = tidied.replaceAll(LENGTH, '');
  for (const name of lengths) tidied = tidied.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), 'codePoints');
  tidied = readable(inlined(failing(tidied))).replaceAll(/^function (validate[A-Z])/gm, 'export function $1');
  tidied = [HELPERS, lengths.length > 0 ? CODE_POINTS : '', tidied].join('\n\n');
  const needed = /require\("([^"]+)"\)/.exec(tidied);
  if (needed !== null) throw new ContractError(source, [`a validator would need ${needed[1] ?? ''} when it runs`]);
  return tidied;
}

const HELPERS = `import { isObject } from './runtime.ts';

/** Leaves the error where Ajv's validators leave theirs. */
function fail(validate, instancePath, keyword, params) {
  validate.errors = [{ instancePath, keyword, params }];
  return false;
}`;
const CODE_POINTS = 'const codePoints = (text) => Array.from(text).length;';

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
  return without.replaceAll(/\b(schema\d+)((?:\.\w+|\["[^"]*"\]|\[\d+\])+)/g, (_match, name: string, path: string) => {
    const steps = [...path.matchAll(/\.(\w+)|\["([^"]*)"\]|\[(\d+)\]/g)].map(([, dotted, quoted, index]) => {
      return dotted ?? quoted ?? index ?? '';
    });
    const value = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], schemas.get(name));
    return JSON.stringify(value);
  });
}
