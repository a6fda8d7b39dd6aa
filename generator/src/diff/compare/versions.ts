/** Compares two versions of a service. */
import { isDeepStrictEqual } from 'node:util';
import type { Found } from '../findings.ts';
import { Validators } from '../schema/validators.ts';
import type { Service } from '../service.ts';
import { channelAdded, channelRemoved, compareChannels, usesOf } from './channels.ts';
import type { Context, Searched } from './context.ts';
import { matchedChannels } from './match.ts';
import { compareMessages } from './messages.ts';
import { compareOperations, compareUses } from './operations.ts';
import { compareServers } from './servers.ts';

export interface CompareOptions {
  readonly seed: number;
  readonly effort: number;
  readonly hasStrictReaders: boolean;
}

export interface Compared {
  readonly found: readonly Found[];
  readonly searched: Searched;
  /** Whether the documents differ at all, except in their versions. */
  readonly isChanged: boolean;
}

export function compareVersions(before: Service, after: Service, options: CompareOptions): Compared {
  const found = new Map<string, Found>();
  const context: Context = {
    ...options,
    before,
    after,
    validators: new Validators(),
    searched: { messages: 0, records: 0, proved: 0 },
    readers: new Map(),
    answered: new Set(),
    report: (one) => {
      const key = [
        one.rule,
        one.location.version,
        one.location.path.join('/'),
        one.direction,
        one.subject.message,
        one.why,
      ].join(' ');
      const known = found.get(key);
      // What breaks tolerant readers breaks strict ones too.
      if (known === undefined || (known.isStrictOnly === true && one.isStrictOnly !== true)) found.set(key, one);
    },
  };
  const { pairs, removed, added } = matchedChannels(before, after);
  for (const channel of removed) channelRemoved(context, channel);
  for (const channel of added) channelAdded(context, channel);
  for (const pair of pairs) {
    compareUses(context, pair);
    compareChannels(context, pair);
    for (const use of usesOf(pair.before)) if (usesOf(pair.after).includes(use)) compareMessages(context, pair, use);
  }
  compareOperations(context, pairs);
  compareServers(context);
  return {
    found: [...found.values()],
    searched: context.searched,
    isChanged: !isDeepStrictEqual(withoutVersion(before), withoutVersion(after)),
  };
}

function withoutVersion({ document }: Service): unknown {
  const { info, ...rest } = document.raw as unknown as Readonly<Record<string, unknown>>;
  const { version: _version, ...others } = (info ?? {}) as Readonly<Record<string, unknown>>;
  return { ...rest, info: others };
}
