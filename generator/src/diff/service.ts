/** A version of a service: its document, and what it does with the messages of each channel. */
import { ContractError } from '../contract-error.ts';
import { channelKey, contractOf, rawOperations } from '../contract.ts';
import type { ChannelObject, MessageObject } from '../document.ts';
import type { Path } from '../pointer.ts';
import { isJsonSchema } from '../schema-language.ts';
import type { Contract, ContractChannel } from '../shape.ts';
import type { ReadDocument } from './load.ts';

/** What the service does with messages. */
export type Use = 'receive' | 'send';

export interface Service {
  /** The name of the document, for people. */
  readonly file: string;
  readonly document: ReadDocument;
  readonly contract: Contract;
  readonly channels: readonly ServiceChannel[];
}

export interface ServiceChannel {
  readonly contract: ContractChannel;
  readonly object: ChannelObject;
  readonly path: Path;
  /** The messages that the service receives and sends there, by the names of their components; undefined if it does not. */
  readonly uses: Readonly<Record<Use, ReadonlySet<string> | undefined>>;
  /** Whether no operation names the channel: without any operation in the document it may be used both ways. */
  readonly isUnused: boolean;
}

/** Reads what a document describes. @throws {ContractError} */
export function serviceOf(document: ReadDocument, file: string): Service {
  checkOperations(document, file);
  const { contract } = contractOf(asJson(document), file, 'service', true);
  const uses = new Map<string, Record<Use, Set<string> | undefined>>();
  const note = (channel: string | undefined, use: Use, messages: readonly string[]) => {
    if (channel === undefined) return;
    const known = uses.get(channel) ?? { receive: undefined, send: undefined };
    known[use] = new Set([...(known[use] ?? []), ...messages]);
    uses.set(channel, known);
  };
  for (const { action, channel, messages, reply } of contract.operations) {
    note(channel, action, messages);
    if (reply !== undefined) note(reply.channel, action === 'send' ? 'receive' : 'send', reply.messages);
  }
  // Where there are operations, nobody uses a channel that none of them names.
  const hasOperations = Object.keys(document.resolved.operations ?? {}).length > 0;
  const channels = contract.channels.map((channel): ServiceChannel => {
    const all = new Set(channel.messages.map(({ component }) => component));
    const found = uses.get(channel.name);
    return {
      contract: channel,
      object: document.resolved.channels?.[channel.key] ?? {},
      path: ['channels', channel.key],
      uses: found ?? (hasOperations ? NONE : { receive: all, send: all }),
      isUnused: found === undefined,
    };
  });
  return { file, document, contract, channels };
}

/**
 * A misspelt action would turn the direction of all that is compared, and without its channel an operation would be compared with nothing.
 *
 * @throws {ContractError}
 */
function checkOperations({ raw, resolved, locate }: ReadDocument, file: string): void {
  const given = rawOperations(raw);
  const faults = Object.entries(resolved.operations ?? {}).flatMap(([id, { action }]) => {
    const path = ['operations', id];
    const channel = given[id]?.channel;
    if (raw.channels?.[channelKey(channel) ?? ''] === undefined)
      return channel === undefined
        ? [`${locate(path)} has no channel in this document; it must be one of #/channels`]
        : [`${locate([...path, 'channel'])} refers to ${channel.$ref}; it must be one of #/channels`];
    if (action === 'send' || action === 'receive') return [];
    return action === undefined
      ? [`${locate(path)} has no action; it must be send or receive`]
      : [`${locate([...path, 'action'])} is ${action}; it must be send or receive`];
  });
  if (faults.length > 0) throw new ContractError(file, faults);
}

/** A schema describes values, whatever their bytes are: they are compared as JSON, and the content type by a rule of its own. */
function asJson(document: ReadDocument): ReadDocument {
  const { channels = {}, ...rest } = document.resolved;
  const isJson = ({ payload }: MessageObject) =>
    payload?.schemaFormat === undefined || isJsonSchema(payload.schemaFormat);
  const json = mapped(channels, (channel) => ({
    ...channel,
    messages: mapped(channel.messages ?? {}, (message) =>
      isJson(message) ? { ...message, contentType: 'application/json' } : message,
    ),
  }));
  return { ...document, resolved: { ...rest, channels: json } };
}

const mapped = <Item>(items: Readonly<Record<string, Item>>, change: (item: Item) => Item): Record<string, Item> =>
  Object.fromEntries(Object.entries(items).map(([name, item]) => [name, change(item)]));

const NONE = { receive: undefined, send: undefined };
const USES: readonly Use[] = ['receive', 'send'];
export const usesOf = ({ uses }: ServiceChannel): Use[] => USES.filter((use) => uses[use] !== undefined);

/** Whether a document states that the service uses a channel so. Without operations it states nothing. */
export const states = ({ uses, isUnused }: ServiceChannel, use: Use): boolean => !isUnused && uses[use] !== undefined;

/** Returns the topic of a channel. The names of parameters are no part of it. */
export const topicOf = ({ contract: { address } }: ServiceChannel): string | undefined =>
  address === undefined ? undefined : withoutNames(address);

/** Returns a topic without the names of parameters, which have no meaning. */
export const withoutNames = (topic: string): string => topic.replaceAll(/\{[^{}]*\}/g, '{}');

/** Returns a setting of a topic, such as `retention.ms`. */
export const settingOf = ({ object }: ServiceChannel, name: string): unknown =>
  object.bindings?.kafka?.topicConfiguration?.[name];

/** What the broker does where a topic does not set a limit. */
const DEFAULT_LIMITS = {
  'max.message.bytes': 1_048_588,
  'retention.ms': 7 * 24 * 60 * 60 * 1000,
  'retention.bytes': Infinity,
} as const;

/** Returns a setting that is a limit, or the broker's default. -1 means without limit. */
export function limitOf(channel: ServiceChannel, name: keyof typeof DEFAULT_LIMITS): number {
  const given = settingOf(channel, name);
  // The settings of a topic are text in Kafka itself.
  const value = typeof given === 'string' && /^-?\d+$/.test(given.trim()) ? Number(given) : given;
  return typeof value !== 'number' ? DEFAULT_LIMITS[name] : value === -1 ? Infinity : value;
}
