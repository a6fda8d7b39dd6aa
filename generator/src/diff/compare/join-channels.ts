/** Joins channels of one topic, if another version has or uses others of them: their records are in one topic. */
import { discriminationOf } from '../../discrimination.ts';
import type { Apart, ContractChannel, ContractMessage } from '../../shape.ts';
import { sentHeader, sentPayload } from '../records/sent.ts';
import { identityOf } from '../schema/identity.ts';
import { topicOf, usesOf } from '../service.ts';
import type { Service, ServiceChannel, Use } from '../service.ts';

/** Returns both versions with the same channels for each topic that both have. */
export function joinedChannels(before: Service, after: Service): readonly [before: Service, after: Service] {
  const [old, now] = [before, after].map(({ channels }) => Map.groupBy(channels, topicOf));
  const isOther = (topic: string | undefined) =>
    topic !== undefined && identitiesOf(old?.get(topic)) !== identitiesOf(now?.get(topic)) && old?.has(topic) === true;
  const topics = [...(now?.keys() ?? [])].filter(isOther);
  return [withJoined(before, topics), withJoined(after, topics)];
}

/** Returns a text that is the same for the same channels, used in the same directions. */
const identitiesOf = (channels: readonly ServiceChannel[] = []) =>
  channels
    .map((channel) => [channel.contract.key, ...usesOf(channel)].join(' '))
    .sort()
    .join();

function withJoined(service: Service, topics: readonly (string | undefined)[]): Service {
  let result = service;
  for (const topic of topics) {
    const same = service.channels.filter((channel) => topicOf(channel) === topic);
    const [first, ...others] = same;
    if (first === undefined || others.length === 0) continue;
    const names = others.map(({ contract }) => contract.name);
    const nameOf = (name: string) => (names.includes(name) ? first.contract.name : name);
    const operations = result.contract.operations.map((operation) => {
      const { channel, reply } = operation;
      const to = reply?.channel === undefined ? reply : { ...reply, channel: nameOf(reply.channel) };
      return { ...operation, channel: nameOf(channel), reply: to };
    });
    const channels = result.channels.flatMap((one) => (one === first ? [joined(first, others)] : others.includes(one) ? [] : [one])); // prettier-ignore
    result = { ...result, channels, contract: { ...result.contract, operations } };
  }
  return result;
}

/** Returns one channel that has all messages of several ones, and otherwise is as the first of them. */
function joined(first: ServiceChannel, others: readonly ServiceChannel[]): ServiceChannel {
  const channels = [first, ...others];
  const all = distinct(channels.flatMap(({ contract }) => contract.messages));
  const formats = new Set(channels.filter(({ contract }) => contract.messages.length > 0).map(({ contract }) => contract.format)); // prettier-ignore
  const [only = 'bytes'] = formats;
  const format = formats.size === 1 ? only : 'bytes';
  const { apart, messages } = format === 'json' ? distinguished(channels, all) : { apart: NONE, messages: all };
  return {
    ...first,
    contract: {
      ...first.contract,
      format,
      apart,
      messages,
      headerSets: channels.flatMap(({ contract }) => contract.headerSets),
      unknownTypes: channels.every(({ contract }) => contract.unknownTypes === 'skip') ? 'skip' : 'refuse',
    },
    uses: { receive: usedIn(channels, 'receive'), send: usedIn(channels, 'send') },
    isUnused: channels.every(({ isUnused }) => isUnused),
  };
}

const NONE: Apart = { by: 'nothing' };

function distinguished(
  channels: readonly ServiceChannel[],
  messages: readonly ContractMessage[],
): Pick<ContractChannel, 'apart' | 'messages'> {
  const same = channels.find(({ contract }) => contract.messages.length === messages.length);
  if (same !== undefined) return same.contract;
  const named = messages.map(({ component, payload, headers, path }) => {
    const object = channels.find((channel) => channel.contract.key === path[1])?.object;
    return { name: object?.messages?.[String(path.at(-1))]?.name ?? component, payload, headers };
  });
  const found = discriminationOf(named, messages.find(({ payload }) => payload.discriminator !== undefined)?.payload.discriminator); // prettier-ignore
  if (found.by === 'trial') return { apart: found, messages };
  const { by, name, values } = found;
  return {
    apart: { by, name },
    messages: messages.map((message, index) => ({ ...message, types: values[index] ?? message.types })),
  };
}

/** Channels may share a message. */
function distinct(messages: readonly ContractMessage[]): ContractMessage[] {
  const keyOf = (message: ContractMessage) => [message.component, identityOf(sentPayload(message)), identityOf(sentHeader(message))].join(' '); // prettier-ignore
  return [...new Map(messages.map((message) => [keyOf(message), message])).values()];
}

function usedIn(channels: readonly ServiceChannel[], use: Use): ReadonlySet<string> | undefined {
  const found = channels.flatMap(({ uses }) => uses[use] ?? []);
  return found.length === 0 ? undefined : new Set(found.flatMap((names) => [...names]));
}
