/** Finds each channel of the old version in the new one: by its topic first, whatever its name is. */
import { topicOf } from '../service.ts';
import type { Service, ServiceChannel } from '../service.ts';
import type { ChannelPair } from './comparison.ts';

export interface Matched {
  readonly pairs: readonly ChannelPair[];
  readonly removed: readonly ServiceChannel[];
  readonly added: readonly ServiceChannel[];
}

type Same = (one: ServiceChannel, other: ServiceChannel) => boolean;

const isDefined = (value: unknown) => value !== undefined;
const sameTopic: Same = (one, other) => isDefined(topicOf(one)) && topicOf(one) === topicOf(other);
const sameVariable: Same = (one, other) => isDefined(one.contract.env) && one.contract.env === other.contract.env;
const sameKey: Same = (one, other) => one.contract.key === other.contract.key;

/** What identifies a channel, the surest first. */
const TESTS: readonly Same[] = [
  (one, other) => sameTopic(one, other) && one.contract.env === other.contract.env && sameKey(one, other),
  (one, other) => sameTopic(one, other) && one.contract.env === other.contract.env,
  (one, other) => sameTopic(one, other) && sameKey(one, other),
  sameTopic,
  sameVariable,
  sameKey,
];

export function matchedChannels(before: Service, after: Service): Matched {
  let [removed, added] = [[...before.channels], [...after.channels]];
  const pairs: ChannelPair[] = [];
  for (const isSame of TESTS) {
    for (const old of removed) {
      const found = added.find((other) => isSame(old, other));
      if (found === undefined) continue;
      pairs.push({ before: old, after: found });
      added = added.filter((other) => other !== found);
    }
    removed = removed.filter((old) => !pairs.some(({ before: one }) => one === old));
  }
  return { pairs, removed, added };
}
