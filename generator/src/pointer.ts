/** Places in a document: references, JSON pointers, and lines. */
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, Node } from 'yaml';

/** The keys and indexes that lead to a place in the document. */
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

const escaped = (segment: string | number) => String(segment).replaceAll('~', '~0').replaceAll('/', '~1');

/** A place in the text of a document. */
export interface Located {
  readonly line: number;
  /** The keys that lead to it, with references followed. */
  readonly path: Path;
}

/** Returns line and JSON pointer of a location, for a sentence. */
export function located(tree: Document, path: Path, lines: LineCounter): string {
  const found = positionOf(tree, path, lines);
  return `line ${String(found.line)} (${pointerTo(found.path)})`;
}

/** Returns the JSON pointer of a location. */
export const pointerTo = (path: Path) => `#/${path.map(escaped).join('/')}`;

/** Finds a location. Follows references on the way. A place that does not exist is that of its nearest parent. */
export function positionOf(tree: Document, path: Path, lines: LineCounter): Located {
  const root: unknown = tree.contents;
  let node = root;
  let pointer: Path = [];
  /** Where the key of the location is. Its value may begin on the next line. */
  let start: unknown = root;
  const step = (key: string | number): boolean => {
    const child: unknown = isMap(node) || isSeq(node) ? node.get(key, true) : undefined;
    if (child === undefined) return false;
    start = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key
      : child;
    node = isAlias(child) ? (child.resolve(tree) ?? child) : child;
    pointer = [...pointer, key];
    return true;
  };
  const follow = () => {
    for (let jumps = 0; jumps < 20 && isMap(node) && isScalar(node.get('$ref', true)); jumps += 1) {
      const target = segmentsOf(String(node.get('$ref')));
      if (target === undefined) break;
      node = root;
      pointer = [];
      if (!target.every(step)) break;
    }
  };
  // What is not in a message itself may be in one of its traits: the one that has most of it, and of several the last.
  const walk = (keys: Path): number => {
    const [key, ...rest] = keys;
    if (key === undefined) return 0;
    follow();
    const before = { node, pointer, start };
    const traits = isMap(node) ? node.get('traits') : undefined;
    let found = step(key) ? 1 + walk(rest) : 0;
    let reached = { node, pointer, start };
    for (let index = isSeq(traits) ? traits.items.length - 1 : -1; index >= 0 && found < keys.length; index -= 1) {
      ({ node, pointer, start } = before);
      const inTrait = step('traits') && step(index) ? walk(keys) : 0;
      if (inTrait <= found) continue;
      found = inTrait;
      reached = { node, pointer, start };
    }
    ({ node, pointer, start } = reached);
    return found;
  };
  walk(path);
  const offset = isNode(start) ? ((start as Node).range?.[0] ?? 0) : 0;
  return { line: lines.linePos(offset).line, path: pointer };
}
