/** Compares two versions of a service. */
import { isDeepStrictEqual } from 'node:util';
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
  /** Whether the documents differ at all, except in their versions. */
  readonly isChanged: boolean;
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
    isChanged: !isDeepStrictEqual(contentOf(before), contentOf(after)),
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

/** Returns what a document states, also by other files, except its version. */
function contentOf({ document }: Service): unknown {
  return [document.raw, document.data].map((data) => {
    const { info, ...rest } = data as Readonly<Record<string, unknown>>;
    const { version: _version, ...others } = (info ?? {}) as Readonly<Record<string, unknown>>;
    return { ...rest, info: others };
  });
}
