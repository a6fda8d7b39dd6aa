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

/** Returns line and JSON pointer of a place. Follows references on the way. A place that does not exist is that of its nearest parent. */
export function located(tree: Document, path: Path, lines: LineCounter): string {
  const root: unknown = tree.contents;
  let node = root;
  let pointer: Path = [];
  const step = (key: string | number): boolean => {
    const child: unknown = isMap(node) || isSeq(node) ? node.get(key, true) : undefined;
    if (child === undefined) return false;
    node = isAlias(child) ? (child.resolve(tree) ?? child) : child;
    pointer = [...pointer, key];
    return true;
  };
  for (const key of path) {
    for (let jumps = 0; jumps < 20 && isMap(node) && isScalar(node.get('$ref', true)); jumps += 1) {
      const target = segmentsOf(String(node.get('$ref')));
      if (target === undefined) break;
      node = root;
      pointer = [];
      if (!target.every(step)) break;
    }
    if (!step(key)) break;
  }
  const offset = isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
  return `line ${String(lines.linePos(offset).line)} (#/${pointer.map(escaped).join('/')})`;
}
