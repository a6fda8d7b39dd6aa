/** Locations in a document: references, JSON pointers, and lines. */
import { LATER_NAMES } from './later-drafts.ts';
import type { SourceFile } from './source-file.ts';
import type { YamlMap, YamlNode, YamlPair } from './yaml-nodes.ts';

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

/** What a document has where it states something twice. By default, what stands in an object itself, or in the target of a reference. */
export interface Precedence {
  /** Whether a message has what its traits have, as in AsyncAPI 2. */
  readonly traits?: boolean;
  /** Whether a schema has what stands next to its reference too, as in later drafts of JSON Schema. */
  readonly siblings?: boolean;
}

/** Returns line and JSON pointer of a location, for a sentence. */
export function located(document: SourceFile, path: Path, first?: Precedence): string {
  const { file, line, path: found } = positionOf(document, path, first);
  return `line ${String(line)} (${pointerTo(found)})${file === document.name ? '' : ` of ${file}`}`;
}

/** Returns the JSON pointer of a location. */
export const pointerTo = (path: Path) => ['#', ...path.map(escaped)].join('/');

/** Finds a location. Follows references on the way, also to other files. A location that does not exist is that of its nearest parent. */
export function positionOf(document: SourceFile, path: Path, first: Precedence = {}): Located {
  const { file, path: found, start } = deepest(rootOf(document), path, first).position;
  return { file: file.name, line: file.lineOf(start), path: found };
}

/** A node of a file. */
interface Position {
  readonly file: SourceFile;
  /** Undefined for an empty file. */
  readonly node: YamlNode | undefined;
  readonly path: Path;
  /** Where it begins in the text: with its key, if it has one, since its value may begin on the next line. */
  readonly start: number;
}

function rootOf(file: SourceFile): Position {
  return { file, node: file.root, path: [], start: file.root?.start ?? 0 };
}

/** Returns how far keys lead, and how many of them are left. */
function deepest(
  from: Position,
  keys: Path,
  first: Precedence,
): { readonly position: Position; readonly left: number } {
  const [key, ...rest] = keys;
  if (key === undefined) return { position: from, left: 0 };
  const parent = followed(from);
  const sibling = first.siblings === true && parent !== from ? childOf(from, key) : undefined;
  const child = sibling ?? childOf(parent, key);
  const own = child === undefined ? { position: parent, left: keys.length } : deepest(child, rest, first);
  if (own.left === 0 && first.traits !== true) return own;
  // What is not in an object itself may be in something that adds to it: that which has most of it, and of several the first.
  const others = [
    ...addedTo(parent).map((position) => deepest(position, keys, first)),
    ...writtenFor(from, parent, keys).map(([position, left]) => deepest(position, left, first)),
  ];
  const helpful = others.filter(({ left }) => left < keys.length);
  return (first.traits === true ? [...helpful, own] : [own, ...helpful]).reduce((best, one) => (one.left < best.left ? one : best)); // prettier-ignore
}

/** Returns the traits of a message or operation, the last one first, and the schema of a payload that names its language. */
function addedTo(position: Position): Position[] {
  const traits = childOf(position, 'traits');
  const indexes = traits?.node?.kind === 'list' ? [...traits.node.items.keys()].reverse() : [];
  const schema = childOf(position, 'schemaFormat')?.node?.kind === 'scalar' ? childOf(position, 'schema') : undefined;
  return [...indexes.map((index) => traits && childOf(traits, index)), schema].filter((one) => one !== undefined);
}

/** Returns what a schema of a later draft has for keys of draft 7, with the keys that are left: later-drafts.ts converts it. */
function writtenFor(from: Position, parent: Position, [key = '', ...rest]: Path): (readonly [Position, Path])[] {
  const renamed = (LATER_NAMES.get(key) ?? []).map((name) => childOf(parent, name)).filter((one) => one !== undefined);
  const isReference = from !== parent && key === 'allOf' && String(rest[0]) === '0';
  return [...renamed.map((position) => [position, rest] as const), ...(isReference ? [[parent, rest.slice(1)] as const] : [])]; // prettier-ignore
}

function childOf({ file, node, path }: Position, key: string | number): Position | undefined {
  if (node?.kind === 'map') {
    const pair = pairIn(node, String(key));
    return pair && { file, node: pair.value, path: [...path, key], start: pair.key.start };
  }
  const item = node?.kind === 'list' ? node.items[Number(key)] : undefined;
  return item && { file, node: item, path: [...path, key], start: item.start };
}

/** Returns the pair of a map, or that of a map which is merged into it (`<<`). */
function pairIn({ pairs }: YamlMap, name: string): YamlPair | undefined {
  const own = pairs.find(({ key }) => key.kind === 'scalar' && key.text === name);
  if (own !== undefined) return own;
  const merged = pairs.filter(({ key }) => key.kind === 'scalar' && key.isMerge).map(({ value }) => value);
  return merged
    .flatMap((value) => (value.kind === 'list' ? value.items : [value]))
    .map((value) => (value.kind === 'map' ? pairIn(value, name) : undefined))
    .find((pair) => pair !== undefined);
}

/** References that only lead to each other lead to nothing. */
const MAX_JUMPS = 20;

/** Returns the target of a reference, and anything else as it is. */
function followed(from: Position, jumps = 0): Position {
  const reference = childOf(from, '$ref')?.node;
  if (reference?.kind !== 'scalar' || jumps > MAX_JUMPS) return from;
  const target = targetOf(reference.text, from.file);
  const found = target?.keys.reduce<Position | undefined>(
    (position, key) => position && childOf(followed(position, jumps + 1), key),
    rootOf(target.file),
  );
  return found === undefined ? from : followed(found, jumps + 1);
}
