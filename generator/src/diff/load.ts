/**
 * Loads a document without the parser of AsyncAPI, which takes seconds: references are followed, also to other files, and traits
 * are merged. It reads documents that `generate` accepts, and does not look for faults.
 */
import { dirname, join } from 'node:path/posix';
import { ContractError } from '../contract-error.ts';
import type { DocumentObject, LoadedDocument } from '../document.ts';
import { mendEndless } from '../endless.ts';
import { DATA, toEnums } from '../enums.ts';
import { isObject, setField } from '../json-object.ts';
import { patternFaultIn } from './pattern-faults.ts';
import { toDraft7 } from '../later-drafts.ts';
import { patched, withoutNulls } from '../merge-patch.ts';
import type { JsonObject } from '../json-object.ts';
import { isUrl, pointerTo, targetOf } from '../pointer.ts';
import type { Located, Path } from '../pointer.ts';
import { isJsonSchema } from '../schema-language.ts';
import { SourceFile } from '../source-file.ts';
import type { OpenFile } from '../source-file.ts';
import { upgrade } from '../upgrade.ts';

/** A document, and where each part of it is in its text. */
export interface ReadDocument extends LoadedDocument {
  /** Its data, with references followed and traits merged, as far as comparisons need more than `resolved` describes. */
  readonly data: JsonObject;
  location(path: Path): Located;
}

/** A file that a document refers to. */
export interface OtherFile {
  /** For people, as the document has one. */
  readonly name: string;
  readonly text: string;
}

/** Reads a file that a document refers to. @param path relative to the folder of the document. */
export type ReadFile = (path: string) => OtherFile;

/** @throws {ContractError} if the text is no AsyncAPI document, refers to something that is not there, or has a pattern that is none. */
export function readDocument(text: string, source: string, readFile: ReadFile): ReadDocument {
  const fail = (sentence: string): never => {
    throw new ContractError(source, [sentence]);
  };
  const file = new SourceFile(source, text, opener(readFile)('.'));
  const { data: raw, note, location, locate } = upgrade(file, text);
  if (!isObject(raw) || typeof raw['asyncapi'] !== 'string')
    return fail('is no AsyncAPI document: it has no field asyncapi');
  if (!raw['asyncapi'].startsWith('3.')) return fail(`is a document of AsyncAPI ${raw['asyncapi']}; this program reads versions 2 and 3`); // prettier-ignore
  const resolver = new Resolver((path, reference, fault) =>
    fail(`${locate(path)} refers to ${reference}, which is ${fault}`),
  );
  const root = { name: file.name, open: file.open, data: raw, syntaxErrors: [] };
  const data = resolver.value(raw, root, []) as JsonObject;
  mergeTraits(data, note !== undefined);
  const fault = patternFaultIn(data['channels']);
  if (fault !== undefined) fail(`${locate(fault.path)} ${fault.sentence}`);
  nameParts(data);
  const resolved = data as DocumentObject;
  toDraft7(resolved);
  toEnums(resolved);
  mendEndless(resolved.channels);
  return { parsed: {}, resolved, raw, notes: note === undefined ? [] : [note], locate, data, location };
}

/** A file whose references are followed. The data of a converted document is not that of its text. */
type Referring = Pick<SourceFile, 'name' | 'data' | 'open' | 'syntaxErrors'>;

/** Returns a function that opens files by their paths from a folder. Each file is read once. */
function opener(readFile: ReadFile): (folder: string) => OpenFile {
  const files = new Map<string, SourceFile | undefined>();
  const read = (path: string): SourceFile | undefined => {
    try {
      const { name, text } = readFile(path);
      return new SourceFile(name, text, openIn(dirname(path)));
    } catch {
      return undefined;
    }
  };
  const openIn = (folder: string) => (path: string) => {
    const full = join(folder, path);
    if (!files.has(full)) files.set(full, read(full));
    return files.get(full);
  };
  return openIn;
}

/** Follows references. Each target is one object, wherever it is used: it may contain itself. */
class Resolver {
  readonly #fail: (path: Path, reference: string, fault: string) => never;
  readonly #done = new Map<unknown, unknown>();

  constructor(fail: (path: Path, reference: string, fault: string) => never) {
    this.#fail = fail;
  }

  value(value: unknown, file: Referring, path: Path): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.#done.set(value, list);
      for (const [index, item] of value.entries()) list.push(this.value(item, file, [...path, index]));
      return list;
    }
    const { $ref } = value as { readonly $ref?: unknown };
    if (typeof $ref === 'string') {
      const found = targetIn(value, [], file, new Set());
      // A value may have such a field too.
      if (found === undefined && isDataAt(path)) return value;
      const target = found ?? this.#fail(path, $ref, absent($ref));
      const fault = isObjectAt(path) ? faultOfObject(target.value) : undefined;
      if (fault !== undefined) this.#fail(path, $ref, fault);
      return this.value(target.value, target.file, path);
    }
    const copy: JsonObject = {};
    this.#done.set(value, copy);
    const { schemaFormat } = value as { readonly schemaFormat?: unknown };
    // Nobody reads a schema in another language here.
    const isForeign = typeof schemaFormat === 'string' && !isJsonSchema(schemaFormat);
    for (const [name, item] of Object.entries(value))
      setField(
        copy,
        name,
        isForeign && name === 'schema' ? this.#foreign(item, file, path) : this.value(item, file, [...path, name]),
      );
    return copy;
  }

  /** A schema in another language may be a file of its own. */
  #foreign(value: unknown, file: Referring, path: Path): unknown {
    const reference = isObject(value) ? value['$ref'] : undefined;
    if (typeof reference !== 'string' || /^[a-z]+:|#/i.test(reference)) return value;
    return (targetOf(reference, file) ?? this.#fail(path, reference, absent(reference))).file.data;
  }
}

const absent = (reference: string) => (isUrl(reference) ? 'a URL; only files are read' : 'not there');

/** Fields with a schema or an object. */
const OBJECTS = new Set<unknown>(['payload', 'headers', 'items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'channel', 'reply']); // prettier-ignore
/** Fields with several of them. */
const HOLDERS = new Set<unknown>(['properties', 'allOf', 'anyOf', 'oneOf', 'schemas', 'channels', 'messages', 'operations', 'traits']); // prettier-ignore

/** Whether a location is one of an object, or of a boolean as a schema may be. */
const isObjectAt = (path: Path) => (OBJECTS.has(path.at(-1)) || HOLDERS.has(path.at(-2))) && !isDataAt(path);

/** Whether a location is within a value: an example, or one that a schema names. */
const isDataAt = (path: Path) => path.some((key, index) => DATA.has(key) && !HOLDERS.has(path[index - 1]));

function faultOfObject(value: unknown): string | undefined {
  if (value === null) return 'empty';
  return isObject(value) || typeof value === 'boolean'
    ? undefined
    : `a ${Array.isArray(value) ? 'list' : typeof value === 'string' ? 'text' : 'number'}, and must be an object`;
}

/** Returns what keys lead to, with references followed; undefined if it is not there, or only references lead to each other. */
function targetIn(
  value: unknown,
  keys: readonly string[],
  file: Referring,
  seen: Set<string>,
): { readonly value: unknown; readonly file: Referring } | undefined {
  const reference = isObject(value) ? value['$ref'] : undefined;
  if (typeof reference === 'string') {
    const target = targetOf(reference, file);
    if (target === undefined) return undefined;
    const { name, syntaxErrors } = target.file;
    if (syntaxErrors.length > 0) throw new ContractError(name, syntaxErrors);
    const all = [...target.keys, ...keys];
    const id = `${target.file.name} ${pointerTo(all)}`;
    return seen.has(id) ? undefined : targetIn(target.file.data, all, target.file, seen.add(id));
  }
  const [key, ...rest] = keys;
  if (key === undefined) return { value, file };
  const inner = typeof value === 'object' ? (value as JsonObject | null)?.[key] : undefined;
  return inner === undefined ? undefined : targetIn(inner, rest, file, seen);
}

/**
 * Merges the traits of messages and operations into them. What stands in the message itself wins.
 *
 * @param traitsWin whether what stands in the last trait wins, as in AsyncAPI 2.
 */
function mergeTraits(data: JsonObject, traitsWin: boolean): void {
  const merged = new Set<unknown>();
  const each = (value: unknown, use: (item: JsonObject) => void) => {
    for (const item of Object.values(isObject(value) ? value : {})) if (isObject(item)) use(item);
  };
  const merge = (target: JsonObject) => {
    if (merged.has(target) || !Array.isArray(target['traits'])) return;
    merged.add(target);
    const own = { ...target };
    for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
    const traits = own['traits'] as unknown[];
    for (const part of traitsWin ? [own, ...traits] : [...traits, own]) {
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
