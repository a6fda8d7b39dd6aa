/** The nodes of a YAML text: what its data is made of, with its places. */
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import type { MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';

/** An alias is the node that it names, so a node may contain itself. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly kind: 'map';
  /** The position in the text where it begins. */
  readonly start: number;
  readonly pairs: readonly YamlPair[];
}

export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlList {
  readonly kind: 'list';
  readonly start: number;
  readonly items: readonly YamlNode[];
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly start: number;
  readonly text: string;
  /** Whether it is a key that merges other maps into its own. */
  readonly isMerge: boolean;
}

/** A map or list whose end has not been read. */
interface OpenNode {
  readonly node: YamlNode;
  add(child: YamlNode): void;
}

/** Returns the node of a text without errors; undefined if it has none. */
export function nodesIn(text: string, maxDepth: number): YamlNode | undefined {
  const open: OpenNode[] = [];
  const anchors = new Map<string, YamlNode>();
  let root: YamlNode | undefined;
  /** Where the text has been read to. */
  let end = 0;
  for (const event of parseEvents(text, { maxDepth })) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const anchor = text.slice(event.anchorStart, event.anchorEnd);
    const parent = open.at(-1);
    if (event.type === EVENT_ID.ALIAS) {
      const named = anchors.get(anchor);
      if (named === undefined) throw new Error(`nothing has the anchor ${anchor}`);
      parent?.add(named);
      continue;
    }
    const opened =
      event.type === EVENT_ID.SCALAR ? { node: scalarOf(event, text, parent?.node, end) } : collectionOf(event);
    const { node } = opened;
    end = event.type === EVENT_ID.SCALAR ? Math.max(end, event.valueEnd) : node.start;
    if (event.anchorStart >= 0) anchors.set(anchor, node);
    root ??= node;
    parent?.add(node);
    if ('add' in opened) open.push(opened);
  }
  return root;
}

function collectionOf({ type, start }: SequenceEvent | MappingEvent): OpenNode {
  if (type !== EVENT_ID.MAPPING) {
    const items: YamlNode[] = [];
    return { node: { kind: 'list', start, items }, add: (child) => items.push(child) };
  }
  const pairs: YamlPair[] = [];
  let key: YamlNode | undefined;
  const add = (child: YamlNode) => {
    if (key !== undefined) pairs.push({ key, value: child });
    key = key === undefined ? child : undefined;
  };
  return { node: { kind: 'map', start, pairs }, add };
}

function scalarOf(event: ScalarEvent, text: string, parent: YamlNode | undefined, end: number): YamlScalar {
  const value = getScalarValue(text, event);
  const start = event.valueStart < 0 ? startOfNothing(text, parent, end) : event.valueStart;
  return { kind: 'scalar', start, text: value, isMerge: value === '<<' && event.style === SCALAR_STYLE.PLAIN };
}

/** Returns where an empty value begins: an item with its dash, anything else at the end of what comes before. */
function startOfNothing(text: string, parent: YamlNode | undefined, end: number): number {
  if (parent?.kind !== 'list') return end;
  if (parent.items.length === 0) return parent.start;
  const dash = /\n[ \t]*-(?=\s|$)/g;
  dash.lastIndex = end;
  return dash.exec(text) === null ? end : dash.lastIndex - 1;
}
