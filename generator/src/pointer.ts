/** Locations in a document: references, JSON pointers, and lines. */
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Pair } from 'yaml';
import type { SourceFile } from './source-file.ts';

/** The keys and indexes that lead to a location in the document. */
export type Path = readonly (string | number)[];

/** Returns the segments of a reference within the document; undefined for one to elsewhere. */
export function segmentsOf(reference: string | undefined): string[] | undefined {
  if (reference?.startsWith('#/') !== true) return undefined;
  return reference
    .slice(2)
    .split('/')
    .map((segment) => unescaped(segment));
}

function unescaped(segment: string): string {
  let text = segment;
  try {
    text = decodeURIComponent(segment);
  } catch {
    // A percent sign that escapes nothing.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

export const isUrl = (reference: string) => /^[a-z]+:/i.test(reference);

/**
 * Returns the file and the keys that a reference in a file leads to. Without a fragment, or with an empty one, it is the whole file.
 * Returns undefined for a URL, for a fragment that is no JSON pointer, and if the file cannot be read.
 */
export function targetOf<From extends Pick<SourceFile, 'open'>>(
  reference: string,
  from: From,
): { readonly file: From | SourceFile; readonly keys: readonly string[] } | undefined {
  const [path = '', pointer = ''] = reference.split('#');
  const file = path === '' ? from : isUrl(path) ? undefined : from.open(path);
  const keys = pointer === '' || pointer === '/' ? [] : segmentsOf(`#${pointer}`);
  return file && keys && { file, keys };
}

const escaped = (segment: string | number) => String(segment).replaceAll('~', '~0').replaceAll('/', '~1');

/** A location in the text of a document, or of a file that it refers to. */
export interface Located {
  readonly file: string;
  readonly line: number;
  /** The keys that lead to it in that file, with references followed. */
  readonly path: Path;
}

/** Returns line and JSON pointer of a location, for a sentence. */
export function located(document: SourceFile, path: Path, traitsWin?: boolean): string {
  const { file, line, path: found } = positionOf(document, path, traitsWin);
  return `line ${String(line)} (${pointerTo(found)})${file === document.name ? '' : ` of ${file}`}`;
}

/** Returns the JSON pointer of a location. */
export const pointerTo = (path: Path) => ['#', ...path.map(escaped)].join('/');

/**
 * Finds a location. Follows references on the way, also to other files. A location that does not exist is that of its nearest parent.
 *
 * @param traitsWin whether a message has what its traits have rather than what it has itself, as in AsyncAPI 2.
 */
export function positionOf(document: SourceFile, path: Path, traitsWin = false): Located {
  const { file, path: found, start } = deepest(rootOf(document), path, traitsWin).position;
  const offset = isNode(start) ? (start.range?.[0] ?? 0) : 0;
  return { file: file.name, line: file.lineOf(offset), path: found };
}

/** A node of a file. */
interface Position {
  readonly file: SourceFile;
  readonly node: unknown;
  readonly path: Path;
  /** Its key, if it has one: its value may begin on the next line. */
  readonly start: unknown;
}

function rootOf(file: SourceFile): Position {
  const { contents } = file.tree;
  return { file, node: contents, path: [], start: contents };
}

/** Returns how far keys lead, and how many of them are left. */
function deepest(
  from: Position,
  keys: Path,
  traitsWin: boolean,
): { readonly position: Position; readonly left: number } {
  const [key, ...rest] = keys;
  if (key === undefined) return { position: from, left: 0 };
  const parent = followed(from);
  const child = childOf(parent, key);
  const own = child === undefined ? { position: parent, left: keys.length } : deepest(child, rest, traitsWin);
  if (own.left === 0 && !traitsWin) return own;
  // What is not in an object itself may be in something that adds to it: that which has most of it, and of several the first.
  const others = addedTo(parent).map((position) => deepest(position, keys, traitsWin));
  const helpful = others.filter(({ left }) => left < keys.length);
  return (traitsWin ? [...helpful, own] : [own, ...helpful]).reduce((best, one) => (one.left < best.left ? one : best));
}

/** Returns the traits of a message or operation, the last one first, and the schema of a payload that names its language. */
function addedTo(position: Position): Position[] {
  const traits = childOf(position, 'traits');
  const indexes = isSeq(traits?.node) ? [...traits.node.items.keys()].reverse() : [];
  const schema = isScalar(childOf(position, 'schemaFormat')?.node) ? childOf(position, 'schema') : undefined;
  return [...indexes.map((index) => traits && childOf(traits, index)), schema].filter((one) => one !== undefined);
}

function childOf({ file, node, path }: Position, key: string | number): Position | undefined {
  const pair = isMap(node) ? pairIn(file, node, String(key)) : undefined;
  const child: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value;
  if (child === undefined) return undefined;
  return { file, node: withoutAlias(file, child), path: [...path, key], start: pair?.key ?? child };
}

/** Returns the pair of a map, or that of a map which is merged into it (`<<`). */
function pairIn(file: SourceFile, map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  const named = (name: string) => map.items.filter((pair) => isScalar(pair.key) && String(pair.key.value) === name);
  const [own] = named(key);
  if (own !== undefined) return own;
  const merged = named(String(Symbol('<<'))).map(({ value }) => withoutAlias(file, value));
  return merged
    .flatMap((one) => (isSeq(one) ? one.items.map((item) => withoutAlias(file, item)) : [one]))
    .map((one) => pairIn(file, one, key))
    .find((pair) => pair !== undefined);
}

const withoutAlias = (file: SourceFile, node: unknown): unknown => (isAlias(node) ? node.resolve(file.tree) : node);

/** References that only lead to each other lead to nothing. */
const MAX_JUMPS = 20;

/** Returns the target of a reference, and anything else as it is. */
function followed(from: Position, jumps = 0): Position {
  const reference = childOf(from, '$ref')?.node;
  if (!isScalar(reference) || typeof reference.value !== 'string' || jumps > MAX_JUMPS) return from;
  const target = targetOf(reference.value, from.file);
  const found = target?.keys.reduce<Position | undefined>(
    (position, key) => position && childOf(followed(position, jumps + 1), key),
    rootOf(target.file),
  );
  return found === undefined ? from : followed(found, jumps + 1);
}
