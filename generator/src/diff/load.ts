/**
 * Loads a document without the parser of AsyncAPI, which takes seconds: references are followed, also to other files, and traits
 * are merged. It reads documents that `generate` accepts, and does not look for faults.
 */
import { dirname, join } from 'node:path/posix';
import { LineCounter, parseDocument } from 'yaml';
import { ContractError } from '../contract-error.ts';
import type { DocumentObject, LoadedDocument } from '../document.ts';
import { mendEndless } from '../endless.ts';
import { toEnums } from '../enums.ts';
import { isObject } from '../json-object.ts';
import { patched, withoutNulls } from '../merge-patch.ts';
import type { JsonObject } from '../json-object.ts';
import { located, positionOf, segmentsOf } from '../pointer.ts';
import type { Located, Path } from '../pointer.ts';
import { isJsonSchema } from '../schema-language.ts';
import { upgrade } from '../upgrade.ts';

/** A document, and where each part of it is in its text. */
export interface ReadDocument extends LoadedDocument {
  readonly text: string;
  /** Its data, with references followed and traits merged, as far as comparisons need more than `resolved` describes. */
  readonly data: JsonObject;
  location(path: Path): Located;
}

/** Returns the text of a file that a document refers to. @param path relative to the folder of the document. */
export type ReadFile = (path: string) => string;

/** @throws {ContractError} if the text is no AsyncAPI document, or refers to something that is not there. */
export function readDocument(given: string, source: string, readFile: ReadFile): ReadDocument {
  const fail = (sentence: string): never => {
    throw new ContractError(source, [sentence]);
  };
  let upgraded;
  try {
    upgraded = upgrade(given);
  } catch (error) {
    return fail((error as Error).message);
  }
  const { text, note } = upgraded;
  const lines = new LineCounter();
  const tree = parseDocument(text, { lineCounter: lines, merge: true });
  const syntax = tree.errors.map(({ message }) => (message.split('\n')[0] ?? message).replace(/:$/, ''));
  if (syntax.length > 0) throw new ContractError(source, syntax);
  const raw: unknown = tree.toJS({ maxAliasCount: -1 });
  if (!isObject(raw) || typeof raw['asyncapi'] !== 'string')
    return fail('is no AsyncAPI document: it has no field asyncapi');
  if (!raw['asyncapi'].startsWith('3.')) return fail(`is a document of AsyncAPI ${raw['asyncapi']}; this program reads versions 2 and 3`); // prettier-ignore
  const locate = (path: Path) => located(tree, path, lines);
  const data = new Resolver(raw, readFile, (path, reference) => fail(`${locate(path)} refers to ${reference}, which is not there`)).all(); // prettier-ignore
  mergeTraits(data);
  nameParts(data);
  const resolved = data as DocumentObject;
  toEnums(resolved);
  mendEndless(resolved.channels);
  return {
    parsed: {},
    resolved,
    raw: raw,
    notes: note === undefined ? [] : [note],
    locate,
    text,
    data,
    location: (path) => positionOf(tree, path, lines),
  };
}

/** Follows references. Each target is one object, wherever it is used: it may contain itself. */
class Resolver {
  readonly #files: Map<string, unknown>;
  readonly #readFile: ReadFile;
  readonly #fail: (path: Path, reference: string) => never;
  readonly #done = new Map<unknown, unknown>();

  constructor(root: JsonObject, readFile: ReadFile, fail: (path: Path, reference: string) => never) {
    this.#files = new Map<string, unknown>([['', root]]);
    this.#readFile = readFile;
    this.#fail = fail;
  }

  all(): JsonObject {
    return this.#value(this.#files.get(''), '', []) as JsonObject;
  }

  #value(value: unknown, file: string, path: Path): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.#done.set(value, list);
      for (const [index, item] of value.entries()) list.push(this.#value(item, file, [...path, index]));
      return list;
    }
    const { $ref } = value as { readonly $ref?: unknown };
    if (typeof $ref === 'string') return this.#target($ref, file, path, new Set());
    const copy: JsonObject = {};
    this.#done.set(value, copy);
    const { schemaFormat } = value as { readonly schemaFormat?: unknown };
    // Nobody reads a schema in another language here.
    const isForeign = typeof schemaFormat === 'string' && !isJsonSchema(schemaFormat);
    for (const [name, item] of Object.entries(value))
      copy[name] =
        isForeign && name === 'schema' ? this.#foreign(item, file, path) : this.#value(item, file, [...path, name]);
    return copy;
  }

  /** A schema in another language may be a file of its own. */
  #foreign(value: unknown, file: string, path: Path): unknown {
    const reference = isObject(value) ? value['$ref'] : undefined;
    if (typeof reference !== 'string' || /^[a-z]+:|#/i.test(reference)) return value;
    return this.#file(join(dirname(file), reference), path, reference);
  }

  #target(reference: string, file: string, path: Path, seen: Set<string>): unknown {
    const [name = '', pointer = ''] = reference.split('#');
    if (/^[a-z]+:/i.test(name)) return this.#fail(path, reference);
    const target = name === '' ? file : join(dirname(file), name);
    const key = `${target}#${pointer}`;
    // References that only lead to each other lead to nothing.
    if (seen.has(key)) return this.#fail(path, reference);
    seen.add(key);
    let value = this.#file(target, path, reference);
    const keys = pointer === '' || pointer === '/' ? [] : (segmentsOf(`#${pointer}`) ?? []);
    for (const [index, segment] of keys.entries()) {
      const inner = (value as JsonObject | undefined)?.[segment];
      if (inner === undefined) return this.#fail(path, reference);
      value = inner;
      const next = isObject(value) ? value['$ref'] : undefined;
      // A reference on the way: what follows is in its target.
      if (typeof next !== 'string') continue;
      if (index === keys.length - 1) return this.#target(next, target, path, seen);
      const rest = keys.slice(index + 1).map((one) => one.replaceAll('~', '~0').replaceAll('/', '~1'));
      const joined = next.includes('#') ? next : `${next}#`;
      return this.#target(`${joined}/${rest.join('/')}`.replace('//', '/'), target, path, seen);
    }
    return this.#value(value, target, path);
  }

  #file(name: string, path: Path, reference: string): unknown {
    if (!this.#files.has(name)) {
      let text: string;
      try {
        text = this.#readFile(name);
      } catch {
        return this.#fail(path, reference);
      }
      this.#files.set(name, dataIn(text));
    }
    return this.#files.get(name);
  }
}

/** Returns the data of a file; a file in another language is text. */
function dataIn(text: string): unknown {
  const tree = parseDocument(text, { merge: true });
  return tree.errors.length > 0 ? text : tree.toJS({ maxAliasCount: -1 });
}

/** Merges the traits of messages and operations into them: what stands in the message itself wins. */
function mergeTraits(data: JsonObject): void {
  const merged = new Set<unknown>();
  const each = (value: unknown, use: (item: JsonObject) => void) => {
    for (const item of Object.values(isObject(value) ? value : {})) if (isObject(item)) use(item);
  };
  const merge = (target: JsonObject) => {
    if (merged.has(target) || !Array.isArray(target['traits'])) return;
    merged.add(target);
    const own = { ...target };
    for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
    for (const part of [...(own['traits'] as unknown[]), own]) {
      if (!isObject(part)) continue;
      for (const [name, value] of Object.entries(part)) {
        if (value === null) Reflect.deleteProperty(target, name);
        else target[name] = patched(target[name], value);
      }
    }
  };
  for (const parent of [data, isObject(data['components']) ? data['components'] : {}]) {
    each(parent['channels'], (channel) => {
      merge(channel);
      each(channel['messages'], merge);
    });
    each(parent['operations'], merge);
    each(parent['messages'], merge);
  }
  const components = isObject(data['components']) ? data['components'] : {};
  // What a trait removes is nothing that it has.
  for (const name of ['messageTraits', 'operationTraits']) {
    if (isObject(components[name])) components[name] = withoutNulls(components[name], new Map());
  }
}

/** Gives the names that the parser gives: types and messages are named by them. */
function nameParts(data: JsonObject): void {
  const components = isObject(data['components']) ? data['components'] : {};
  for (const [name, schema] of Object.entries(isObject(components['schemas']) ? components['schemas'] : {})) {
    if (isObject(schema) && schema['$id'] === undefined) schema['x-parser-schema-id'] ??= name;
  }
  const channels = Object.values(isObject(data['channels']) ? data['channels'] : {});
  const lists = [components['messages'], ...channels.map((channel) => (isObject(channel) ? channel['messages'] : {}))];
  for (const list of lists) {
    for (const [name, message] of Object.entries(isObject(list) ? list : {})) {
      if (isObject(message) && message['name'] === undefined) message['x-parser-message-name'] ??= name;
    }
  }
}
