/** Makes whole records of a message: key, headers and payload. */
import type { ContractMessage } from '../../shape.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isObject } from '../../json-object.ts';
import { decodedHeader, encodedHeader, headerFault, wireHeaders } from '../wire/headers.ts';
import type { WireHeaders } from '../wire/headers.ts';
import type { ChannelReader, WireRecord } from '../wire/reader.ts';
import { keyBytes } from './keys.ts';
import { sentHeader, sentPayload } from './sent.ts';
import type { Side } from './side.ts';

export interface RecordParts {
  readonly headers?: WireHeaders | undefined;
  readonly payload?: unknown;
  readonly key?: Buffer | null;
}

/** Returns a whole record. What is not given is as the message has it. */
export function recordOf(side: Side, parts: RecordParts = {}): WireRecord {
  const payload = 'payload' in parts ? parts.payload : basePayload(side);
  const isPlain = side.channel.contract.format !== 'json';
  const text = isPlain ? (typeof payload === 'string' ? payload : 'a value') : JSON.stringify(payload ?? null);
  return {
    key: parts.key === undefined ? keyBytes(side, payload) : parts.key,
    headers: parts.headers ?? baseHeaders(side),
    value: Buffer.from(text),
  };
}

const any = () => true;

/** Returns a payload that a message may have, one that is wanted if there is any. */
export function basePayload({ message, decoder }: Side, isWanted: (payload: unknown) => boolean = any): unknown {
  const samples = someOf(sentPayload(message));
  const valid = samples.find((value) => decoder.validatorOf(message).isValid(value) && isWanted(value));
  return valid ?? message.examples[0]?.payload ?? samples[0];
}

/** Returns headers that a message may have and that are wanted; none if none are found. */
export function baseHeaders(
  { message, decoder }: Side,
  isWanted: (headers: WireHeaders) => boolean = any,
): WireHeaders {
  const encoded = (values: unknown) => encodedHeaders(decoder, message, values);
  const found = someOf(sentHeader(message)).find((values) => areSendable(decoder, message, values) && isWanted(encoded(values))); // prettier-ignore
  return encoded(found);
}

const some = new WeakMap<object, readonly unknown[]>();

/** Returns a few values of a schema, the same ones each time. */
function someOf(schema: Linked): readonly unknown[] {
  const make = () => samplesOf([schema], [], { random: randomOf(1), count: 12 });
  if (typeof schema === 'boolean') return make();
  const known = some.get(schema) ?? make();
  some.set(schema, known);
  return known;
}

export function encodedHeaders(decoder: ChannelReader, message: ContractMessage, values: unknown): WireHeaders {
  const headers = new Map(decoder.headersOf(message).map((header) => [header.name, header]));
  const entries = Object.entries(isObject(values) ? values : {}).map(
    ([name, value]) => [name, encodedHeader(headers.get(name)?.encoding ?? 'text', value)] as const,
  );
  return wireHeaders(Object.fromEntries(entries));
}

/** Whether a version of a service accepts headers that its own contract allows. */
export function areSendable(decoder: ChannelReader, message: ContractMessage, values: unknown): boolean {
  const bytes = encodedHeaders(decoder, message, values);
  const headers = decoder.headersOf(message);
  if (headerFault(headers, bytes) !== undefined) return false;
  return headers.every((header) => {
    const given = bytes[header.name];
    return given === undefined || decodedHeader(header, given) !== undefined;
  });
}
