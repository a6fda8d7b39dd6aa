/** The nodes of a YAML text: what its data is made of, with its places. */
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import type { Event } from 'js-yaml';

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
  // An empty value has no place of its own.
  let last = 0;
  for (const event of parseEvents(text, { maxDepth })) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const anchor = text.slice(event.anchorStart, event.anchorEnd);
    const opened = event.type === EVENT_ID.ALIAS ? undefined : nodeOf(event, text, last);
    const node = opened?.node ?? anchors.get(anchor);
    if (node === undefined) throw new Error(`nothing has the anchor ${anchor}`);
    if (opened !== undefined) {
      last = node.start;
      if (event.anchorStart >= 0) anchors.set(anchor, node);
    }
    if (open.length === 0) root ??= node;
    open.at(-1)?.add(node);
    if (opened !== undefined && node.kind !== 'scalar') open.push(opened);
  }
  return root;
}

type NodeEvent = Extract<Event, { readonly tagStart: number }>;

function nodeOf(event: NodeEvent, text: string, last: number): OpenNode {
  if (event.type === EVENT_ID.SEQUENCE) {
    const items: YamlNode[] = [];
    return { node: { kind: 'list', start: event.start, items }, add: (child) => items.push(child) };
  }
  if (event.type === EVENT_ID.MAPPING) {
    const pairs: YamlPair[] = [];
    let key: YamlNode | undefined;
    const add = (child: YamlNode) => {
      if (key !== undefined) pairs.push({ key, value: child });
      key = key === undefined ? child : undefined;
    };
    return { node: { kind: 'map', start: event.start, pairs }, add };
  }
  const value = getScalarValue(text, event);
  const start = event.valueStart < 0 ? last : event.valueStart;
  const isMerge = value === '<<' && event.style === SCALAR_STYLE.PLAIN;
  return { node: { kind: 'scalar', start, text: value, isMerge }, add: () => undefined };
}
