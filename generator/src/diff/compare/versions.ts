/** Compares two versions of a service. */
import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../../pointer.ts';
import type { Found } from '../findings.ts';
import type { Searched } from '../records/search.ts';
import { usesOf } from '../service.ts';
import type { Service } from '../service.ts';
import { compareChannels, compareUses } from './channels.ts';
import { Comparison } from './comparison.ts';
import type { CompareOptions } from './comparison.ts';
import { joinedChannels } from './join-channels.ts';
import { matchedChannels } from './match-channels.ts';
import type { Matched } from './match-channels.ts';
import { compareMessages } from './messages.ts';
import { compareOperations } from './operations.ts';
import { compareServers } from './servers.ts';

export interface Compared {
  readonly found: readonly Found[];
  readonly searched: Searched;
  /** Where the documents differ first, except in their versions; undefined if they do not. */
  readonly firstDifference: Path | undefined;
}

/** Both versions, with their channels matched. */
export interface Versions extends Matched {
  readonly comparison: Comparison;
}

export function versionsOf(before: Service, after: Service, options: CompareOptions): Versions {
  const comparison = new Comparison(...joinedChannels(before, after), options);
  return { comparison, ...matchedChannels(comparison.before, comparison.after) };
}

export function compareVersions({ comparison, pairs, removed, added }: Versions): Compared {
  const { before, after } = comparison;
  const found = [
    ...removed.flatMap((channel) => compareUses(comparison, channel, undefined)),
    ...added.flatMap((channel) => compareUses(comparison, undefined, channel)),
    ...pairs.flatMap((pair) => {
      const uses = usesOf(pair.before).filter((use) => usesOf(pair.after).includes(use));
      return [
        ...compareUses(comparison, pair.before, pair.after),
        ...compareChannels(comparison, pair, uses, pairs),
        ...uses.flatMap((use) => compareMessages(comparison, pair, use)),
      ];
    }),
    ...compareOperations(comparison, pairs),
    ...compareServers(comparison),
  ];
  return {
    found: distinct(found),
    searched: comparison.search.searched,
    firstDifference: firstDifference(before, after),
  };
}

/** Returns each finding once. */
function distinct(all: readonly Found[]): Found[] {
  const found = new Map<string, Found>();
  for (const one of all) {
    const { rule, location, direction, subject, why } = one;
    const key = [rule, location.version, location.path.join('/'), direction, subject.message, why].join(' ');
    const known = found.get(key);
    // What breaks tolerant readers breaks strict ones too.
    if (known === undefined || (known.isStrictOnly === true && one.isStrictOnly !== true)) found.set(key, one);
  }
  return [...found.values()];
}

/** Returns the keys that lead to the first difference: in the document, else in what other files add to it. */
function firstDifference({ document: before }: Service, { document: after }: Service): Path | undefined {
  const pairs = [
    [before.raw, after.raw],
    [before.data, after.data],
  ].map((pair) => pair.map(withoutVersion));
  const different = pairs.find(([old, now]) => !isDeepStrictEqual(old, now));
  return different && pathToDifference(different[0], different[1], new Set());
}

/** Returns that path in the order of the newer value, which may contain itself. */
function pathToDifference(old: unknown, now: unknown, seen: Set<unknown>): string[] {
  if (!isContainer(old) || !isContainer(now) || seen.has(now)) return [];
  seen.add(now);
  const key = Object.keys({ ...now, ...old }).find((name) => !isDeepStrictEqual(old[name], now[name]));
  return key === undefined ? [] : [key, ...pathToDifference(old[key], now[key], seen)];
}

const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function withoutVersion(document: unknown): unknown {
  const { info } = document as { readonly info?: object };
  return { ...(document as object), info: { ...info, version: undefined } };
}
