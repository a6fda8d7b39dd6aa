/** Finds each channel of the old version in the new one: by its topics first, whatever its name is. */
import { sentPayload } from '../records/sent.ts';
import { identityOf } from '../schema/identity.ts';
import { topicOf, withoutNames } from '../service.ts';
import type { Service, ServiceChannel } from '../service.ts';
import { hasTopic, topicsOf } from '../topics.ts';
import type { ChannelPair } from './comparison.ts';

export interface Matched {
  /** One channel may be several in the other version. */
  readonly pairs: readonly ChannelPair[];
  readonly removed: readonly ServiceChannel[];
  readonly added: readonly ServiceChannel[];
}

type Same = (one: ServiceChannel, other: ServiceChannel, pairs: readonly ChannelPair[]) => boolean;

const isDefined = (value: unknown) => value !== undefined;
const sameTopic: Same = (one, other) => isDefined(topicOf(one)) && topicOf(one) === topicOf(other);
const sameVariable: Same = (one, other) => isDefined(one.contract.env) && one.contract.env === other.contract.env;
const sameKey: Same = (one, other) => one.contract.key === other.contract.key;
/** Whether both have a topic whose name is known. */
const shareTopic: Same = (one, other) => {
  const topics = new Set(topicsOf(other)?.map(withoutNames));
  return topicsOf(one)?.some((topic) => topics.has(withoutNames(topic))) === true;
};
const covers: Same = (one, other) => [[one, other], [other, one]].some(([all, some]) => topicsIn(some).some((topic) => all !== undefined && hasTopic(all, topic))); // prettier-ignore
const topicsIn = (channel?: ServiceChannel) => (channel === undefined ? [] : (topicsOf(channel) ?? []));

export function matchedChannels(before: Service, after: Service): Matched {
  const withoutAddress: Same = (one, other) => !isDefined(topicOf(one)) && !isDefined(topicOf(other));
  const sameRequests: Same = (one, other, pairs) =>
    requestsOf(before, one).some(
      ({ channel, action }) =>
      requestsOf(after, other).some((now) => now.action === action && pairs.some((pair) => pair.before.contract.name === channel && pair.after.contract.name === now.channel)), // prettier-ignore
    );
  /** What identifies a channel, the surest first. */
  const tests: readonly Same[] = [
    (one, other) => sameTopic(one, other, []) && one.contract.env === other.contract.env && sameKey(one, other, []),
    (one, other) => sameTopic(one, other, []) && one.contract.env === other.contract.env,
    (one, other) => sameTopic(one, other, []) && sameKey(one, other, []),
    sameTopic,
    shareTopic,
    sameVariable,
    sameKey,
    covers,
    (one, other, pairs) => withoutAddress(one, other, pairs) && sameRequests(one, other, pairs),
    (one, other, pairs) => withoutAddress(one, other, pairs) && messagesOf(one) === messagesOf(other),
  ];
  let [removed, added] = [[...before.channels], [...after.channels]];
  const pairs: ChannelPair[] = [];
  for (const isSame of tests) {
    for (const old of removed) {
      const found = added.find((other) => isSame(old, other, pairs));
      if (found === undefined) continue;
      pairs.push({ before: old, after: found });
      added = added.filter((other) => other !== found);
    }
    removed = removed.filter((old) => !pairs.some(({ before: one }) => one === old));
  }
  // The topics of one channel may be several channels in the other version.
  const further = [
    ...removed.flatMap((old) => after.channels.filter((now) => shareTopic(old, now, [])).map((now) => ({ before: old, after: now }))), // prettier-ignore
    ...added.flatMap((now) => before.channels.filter((old) => shareTopic(old, now, [])).map((old) => ({ before: old, after: now }))), // prettier-ignore
  ].filter((pair, index, all) => all.findIndex((one) => one.before === pair.before && one.after === pair.after) === index); // prettier-ignore
  const all = [...pairs, ...further];
  return {
    pairs: all,
    removed: removed.filter((old) => !all.some((pair) => pair.before === old)),
    added: added.filter((now) => !all.some((pair) => pair.after === now)),
  };
}

/** Returns the operations whose replies a channel has. */
const requestsOf = ({ contract }: Service, channel: ServiceChannel) =>
  contract.operations.filter(({ reply }) => reply?.channel === channel.contract.name);

/** Returns a text that is the same for the same messages in any order. */
const messagesOf = ({ contract }: ServiceChannel) => contract.messages.map((message) => identityOf(sentPayload(message))).sort().join(); // prettier-ignore
