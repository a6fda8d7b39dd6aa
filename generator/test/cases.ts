/** The examples of a document, as the code that was generated from it takes them. */
import type { ContractChannel, ContractMessage } from '../src/shape.ts';
import type { Binding, Decoded, Generated, KafkaRecord, Value } from './rendered.ts';

/** A channel with a message and one of its examples. */
export interface Case {
  readonly channel: ContractChannel;
  readonly message: ContractMessage;
  readonly binding: Binding;
  readonly payload: unknown;
  readonly headers: Value;
}

export function casesOf({ contract, examples, channel: bindingOf }: Generated): Case[] {
  return contract.channels.flatMap((channel) =>
    channel.messages.flatMap((message) => {
      const lists = examples.filter((list) => list.channel === channel.name && list.message === message.component);
      const binding = bindingOf(channel.name);
      return lists.flatMap((list) =>
        list.examples.map(({ payload, headers }) => ({ channel, message, binding, payload, headers })),
      );
    }),
  );
}

/** Returns the record of an example. */
export function encoded({ channel, binding, payload, headers }: Case): KafkaRecord {
  if (channel.format === 'bytes') return binding.encode({ key: null, value: Buffer.from(String(payload)) }, headers);
  return binding.encode(payload, headers, givenKey(channel));
}

/** Returns what the record of an example is decoded to. */
export function decodedOf({ channel, message, payload, headers }: Case): Decoded {
  const value = channel.format === 'bytes' ? Buffer.from(String(payload)) : payload;
  return { kind: 'message', message: value, headers, ...typeOf(channel, message) };
}

/** A key as the channel takes it, if the code that sends gives one. */
export function givenKey({ recordKey, format }: ContractChannel): unknown {
  if (format === 'text') return null;
  if (recordKey === undefined || recordKey.field !== undefined) return undefined;
  return recordKey.encoding === 'text' ? 'a key' : Buffer.from('a key');
}

/** The message's name, where its payload does not tell. */
function typeOf({ format, apart }: ContractChannel, { types, component }: ContractMessage): { readonly type?: string } {
  if (format !== 'json') return {};
  if (apart.by === 'header') return { type: types[0] ?? '' };
  return apart.by === 'trial' ? { type: component } : {};
}
