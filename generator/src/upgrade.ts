/** Converts documents of AsyncAPI 2. */
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { isObject } from './json-object.ts';
import { patched } from './merge-patch.ts';
import type { JsonObject } from './json-object.ts';

const require = createRequire(import.meta.url);

/** The version that older documents are converted to. */
const CONVERTED_TO = '3.0.0';

export interface Upgraded {
  readonly text: string;
  /** What was converted; undefined if nothing was. */
  readonly note: string | undefined;
}

/** Returns the document in a version that the parser reads. @throws {Error} if it cannot be converted. */
export function upgrade(given: string): Upgraded {
  const version = /(?:^|[{,])\s*["']?asyncapi["']?\s*:\s*["']?(\d[\d.]*)/m.exec(given)?.[1] ?? '';
  if (!version.startsWith('2.')) return { text: given, note: undefined };
  const { convert } = require('@asyncapi/converter') as { convert: (text: string, version: string) => unknown };
  try {
    const converted = quietly(() => convert(given, CONVERTED_TO));
    // JSON is converted to an object.
    const text = withTraits(typeof converted === 'string' ? converted : JSON.stringify(converted, null, 2));
    const note = `AsyncAPI ${version} was converted to ${CONVERTED_TO}; line numbers are those of the converted document`;
    return { text, note };
  } catch (error) {
    throw new Error(`AsyncAPI ${version} cannot be converted to ${CONVERTED_TO}: ${String(error)}`);
  }
}

/** In AsyncAPI 2 traits replace what a message has itself; in 3 the message wins. So a message gets what its traits replace. */
function withTraits(text: string): string {
  const data = parse(text, { merge: true, maxAliasCount: -1 }) as JsonObject;
  const components = objectIn(data, 'components');
  const messages = [components, ...Object.values(objectIn(data, 'channels'))].map((part) => objectIn(part, 'messages'));
  const holders = [...messages, objectIn(data, 'operations'), objectIn(components, 'operations')];
  const changed = holders
    .flatMap((holder) => Object.values(holder))
    .filter((one) => isObject(one) && takesTraits(one, data));
  return changed.length > 0 ? stringify(data) : text;
}

/** @returns whether a trait has replaced anything. */
function takesTraits(message: JsonObject, data: JsonObject): boolean {
  const { traits = [], ...own } = message;
  const patches = [traits].flat().map((trait) => targetOf(trait, data));
  const merged = [own, ...patches].reduce(patched, {}) as JsonObject;
  const inVersion3 = [...patches, own].reduce(patched, {}) as JsonObject;
  const replaced = Object.keys(merged).filter((name) => !isDeepStrictEqual(merged[name], inVersion3[name]));
  for (const name of replaced) message[name] = merged[name];
  return replaced.length > 0;
}

function targetOf(trait: unknown, data: JsonObject): unknown {
  const reference = isObject(trait) ? trait['$ref'] : undefined;
  if (typeof reference !== 'string') return trait;
  const path = reference.startsWith('#/') ? reference.slice(2).split('/') : [];
  return path.reduce<unknown>((value, name) => objectIn(value, name), data);
}

const objectIn = (value: unknown, name: string): JsonObject => {
  const inner = isObject(value) ? value[name] : undefined;
  return isObject(inner) ? inner : {};
};

/** The converter writes to the console what it leaves out. */
function quietly<Result>(work: () => Result): Result {
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn });
  }
}
