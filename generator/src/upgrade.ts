/** Converts documents of AsyncAPI 2, and what references would hide. */
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { ContractError } from './contract-error.ts';
import { isObject } from './json-object.ts';
import { withSiblings } from './later-drafts.ts';
import { patched } from './merge-patch.ts';
import type { JsonObject } from './json-object.ts';
import { located, pointerTo, positionOf, segmentsOf } from './pointer.ts';
import type { Located, Path, Precedence } from './pointer.ts';
import type { SourceFile } from './source-file.ts';

const require = createRequire(import.meta.url);

/** The version that older documents are converted to. */
const CONVERTED_TO = '3.0.0';

export interface Upgraded {
  /** The document in a version that the parser reads. */
  readonly data: unknown;
  /** The same as text. */
  readonly text: string;
  /** What was converted; undefined if nothing was. */
  readonly note: string | undefined;
  /** Returns where the given document has what is at a path of `data`. */
  readonly location: (path: Path) => Located;
  /** Returns the same for a sentence. */
  readonly locate: (path: Path) => string;
}

/** Converts a document of AsyncAPI 2. @throws {ContractError} if it cannot be read or converted. */
export function upgrade(file: SourceFile, text: string): Upgraded {
  if (file.syntaxErrors.length > 0) throw new ContractError(file.name, file.syntaxErrors);
  const version = isObject(file.data) ? String(file.data['asyncapi']) : '';
  if (!isObject(file.data) || !version.startsWith('2.')) {
    const data = withSiblings(file.data, text);
    const own = data === file.data ? text : JSON.stringify(data);
    return { data, text: own, note: undefined, ...locations(file, (path) => path, { siblings: data !== file.data }) };
  }
  const { convert } = require('@asyncapi/converter') as { convert: (json: string, version: string) => JsonObject };
  try {
    const marked = JSON.stringify(withOrigins(file.data));
    const data = quietly(() => convert(marked, CONVERTED_TO));
    const originOf = takeOrigins(data);
    takeTraits(data);
    const note = `AsyncAPI ${version} was converted to ${CONVERTED_TO}`;
    return { data, text: JSON.stringify(data), note, ...locations(file, originOf, { traits: true }) };
  } catch (error) {
    throw new ContractError(file.name, [
      `AsyncAPI ${version} cannot be converted to ${CONVERTED_TO}: ${String(error)}`,
    ]);
  }
}

function locations(file: SourceFile, originOf: (path: Path) => Path, first: Precedence) {
  return {
    location: (path: Path) => positionOf(file, originOf(path), first),
    locate: (path: Path) => located(file, originOf(path), first),
  };
}

/** The field with the path that something has in the given document. */
const ORIGIN = 'x-asyncapi-kafka-origin';

/** Returns a copy in which what the converter moves has its path: channels, operations and messages. */
function withOrigins(given: JsonObject): JsonObject {
  const copy = JSON.parse(JSON.stringify(given)) as JsonObject;
  const mark = (object: JsonObject, path: Path) => {
    object[ORIGIN] = path;
  };
  const holders = [
    { path: ['channels'], channels: objectIn(copy, 'channels') },
    { path: ['components', 'channels'], channels: objectIn(objectIn(copy, 'components'), 'channels') },
  ];
  for (const { path, channels } of holders) {
    for (const address of Object.keys(channels)) {
      const channel = objectIn(channels, address);
      mark(channel, [...path, address]);
      for (const kind of ['publish', 'subscribe']) {
        const operation = objectIn(channel, kind);
        mark(operation, [...path, address, kind]);
        const message = objectIn(operation, 'message');
        mark(message, [...path, address, kind, 'message']);
        for (const [index, one] of [message['oneOf']].flat().entries())
          if (isObject(one)) mark(one, [...path, address, kind, 'message', 'oneOf', index]);
      }
    }
  }
  return copy;
}

/** Removes the origins from a converted document. Returns a function from its paths to those of the given one. */
function takeOrigins(data: JsonObject): (path: Path) => Path {
  const origins = new Map<string, Path>();
  const take = (value: unknown, path: Path) => {
    if (isObject(value) && ORIGIN in value) {
      origins.set(pointerTo(path), value[ORIGIN] as Path);
      Reflect.deleteProperty(value, ORIGIN);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, item] of Object.entries(value)) take(item, [...path, name]);
  };
  take(data, []);
  return (path) => {
    const [list, name, ...rest] = path.map(String);
    // Channels and operations may be references to the components.
    const reference = objectIn(objectIn(data, list ?? ''), name ?? '')['$ref'];
    const target = typeof reference === 'string' && !origins.has(pointerTo(path)) ? segmentsOf(reference) : undefined;
    const keys = target === undefined ? path : [...target, ...rest];
    const moved = keys.findLastIndex((_, index) => origins.has(pointerTo(keys.slice(0, index + 1)))) + 1;
    return renamed([...(origins.get(pointerTo(keys.slice(0, moved))) ?? []), ...keys.slice(moved)]);
  };
}

/** Returns the path of what the converter writes in another form: servers, and the messages and parameters of channels. */
function renamed(path: Path): Path {
  const [list, inside] = path[0] === 'components' ? [path[1], 2] : [path[0], 1];
  const field = path[inside + 1];
  if (list === 'servers' && (field === 'host' || field === 'pathname')) return path.with(inside + 1, 'url');
  if (list === 'channels' && path[inside + 2] === 'messages') return path.toSpliced(inside + 2, 1, 'message', 'oneOf');
  const end =
    list === 'parameters' ? inside + 1 : list === 'channels' && field === 'parameters' ? inside + 3 : path.length;
  return ['enum', 'default', 'examples'].includes(String(path[end])) ? path.toSpliced(end, 0, 'schema') : path;
}

/** In AsyncAPI 2 traits replace what a message has itself; in 3 the message wins. So a message gets what its traits replace. */
function takeTraits(data: JsonObject): void {
  const components = objectIn(data, 'components');
  const messages = [components, ...Object.values(objectIn(data, 'channels'))].map((holder) =>
    objectIn(holder, 'messages'),
  );
  const holders = [...messages, objectIn(data, 'operations'), objectIn(components, 'operations')];
  for (const one of holders.flatMap((holder) => Object.values(holder))) if (isObject(one)) takeTraitsOf(one, data);
}

function takeTraitsOf(message: JsonObject, data: JsonObject): void {
  const { traits = [], ...own } = message;
  const patches = [traits].flat().map((trait) => targetOf(trait, data));
  const merged = [own, ...patches].reduce(patched, {}) as JsonObject;
  const inVersion3 = [...patches, own].reduce(patched, {}) as JsonObject;
  const replaced = Object.keys(merged).filter((name) => !isDeepStrictEqual(merged[name], inVersion3[name]));
  for (const name of replaced) message[name] = merged[name];
}

function targetOf(trait: unknown, data: JsonObject): unknown {
  const reference = isObject(trait) ? trait['$ref'] : undefined;
  if (typeof reference !== 'string') return trait;
  return segmentsOf(reference)?.reduce<unknown>((value, name) => objectIn(value, name), data) ?? {};
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
