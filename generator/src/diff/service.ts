/** A version of a service: its document, and what it does with the messages of each channel. */
import { contractOf } from '../contract.ts';
import type { ChannelObject, MessageObject, Schema } from '../document.ts';
import type { Path } from '../pointer.ts';
import type { Contract, ContractChannel, ContractMessage } from '../shape.ts';
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
  /** Whether no operation names the channel: it may be used both ways. */
  readonly isUnused: boolean;
}

/** Reads what a document describes. @throws {ContractError} */
export function serviceOf(document: ReadDocument, file: string): Service {
  const { contract } = contractOf(document, file, 'service', true);
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
  const channels = contract.channels.map((channel): ServiceChannel => {
    const all = new Set(channel.messages.map(({ component }) => component));
    const found = uses.get(channel.name);
    return {
      contract: channel,
      object: document.resolved.channels?.[channel.key] ?? {},
      path: ['channels', channel.key],
      uses: found ?? { receive: all, send: all },
      isUnused: found === undefined,
    };
  });
  return { file, document, contract, channels };
}

/** Returns a message as the document has it. */
export function objectOf({ object }: ServiceChannel, { path }: ContractMessage): MessageObject {
  return object.messages?.[String(path.at(-1))] ?? {};
}

export type KeyEncoding = 'uint32le-padded' | 'text' | 'bytes';

/** The key of the records of one message. */
export interface MessageKey {
  readonly schema: Schema;
  readonly encoding: KeyEncoding;
  readonly field: string | undefined;
}

export function keyOf(channel: ServiceChannel, message: ContractMessage): MessageKey | undefined {
  const schema = objectOf(channel, message).bindings?.kafka?.key;
  if (schema === undefined) return undefined;
  const named = schema['x-encoding'];
  const encoding =
    named === 'uint32le-padded' || named === 'text' ? named : schema.type === 'string' ? 'text' : 'bytes';
  return { schema, encoding, field: schema['x-key-field'] };
}

/** Returns the content type of a message without parameters. */
export function contentTypeOf(service: Service, channel: ServiceChannel, message: ContractMessage): string {
  const type =
    objectOf(channel, message).contentType ?? service.document.resolved.defaultContentType ?? 'application/json';
  return type.split(';')[0]?.trim().toLowerCase() ?? '';
}
