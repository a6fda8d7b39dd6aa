/** Makes whole records of a message: key, headers and payload. */
import type { ContractMessage } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import type { Witness } from '../findings.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples.ts';
import { isObject } from '../schema/valid.ts';
import { keyOf } from '../service.ts';
import type { KeyEncoding, ServiceChannel } from '../service.ts';
import { closedInParts } from '../wire/closing.ts';
import { decodedHeader, encodedHeader, headerFault } from '../wire/headers.ts';
import type { WireHeaders } from '../wire/headers.ts';
import { sentSchema } from '../wire/reader.ts';
import type { ChannelReader, Read, WireRecord } from '../wire/reader.ts';

const sent = new WeakMap<ContractMessage, Linked>();
const sentHeaders = new WeakMap<ContractMessage, Linked>();

/** Returns the schema of the payloads that may be sent. */
export function sentPayload(message: ContractMessage): Linked {
  const known = sent.get(message) ?? linked(closedInParts(sentSchema(message)));
  sent.set(message, known);
  return known;
}

/** Returns the schema of the headers that may be sent. */
export function sentHeader(message: ContractMessage): Linked {
  const known = sentHeaders.get(message) ?? linked(withoutOthers(schemaOf(message.headers, { isClosed: true })));
  sentHeaders.set(message, known);
  return known;
}

/** A writer sends only headers that the contract has. Others, which any record may carry, have no meaning here. */
function withoutOthers(schema: object | boolean): object | boolean {
  if (typeof schema === 'boolean') return schema;
  const isCombined = ['allOf', 'anyOf', 'oneOf', 'if', 'dependencies'].some((name) => name in schema);
  return { ...schema, ...(isCombined ? { unevaluatedProperties: false } : { additionalProperties: false }) };
}

export function encodedHeaders(reader: ChannelReader, message: ContractMessage, values: unknown): WireHeaders {
  const headers = new Map(reader.headersOf(message).map((header) => [header.name, header]));
  const entries = Object.entries(isObject(values) ? values : {}).map(
    ([name, value]) => [name, encodedHeader(headers.get(name)?.encoding ?? 'text', value)] as const,
  );
  return Object.fromEntries(entries);
}

/** Whether a version of a service accepts headers that its own contract allows. */
export function areSendable(reader: ChannelReader, message: ContractMessage, values: unknown): boolean {
  const bytes = encodedHeaders(reader, message, values);
  if (headerFault(reader.headersOf(message), bytes) !== undefined) return false;
  return reader.headersOf(message).every((header) => bytes[header.name] === undefined || decodedHeader(header, bytes[header.name]) !== undefined); // prettier-ignore
}

const bases = new WeakMap<ContractMessage, WireHeaders | undefined>();

/** Returns headers that a message may have; undefined if none are found. */
export function baseHeaders(reader: ChannelReader, message: ContractMessage): WireHeaders | undefined {
  if (!bases.has(message)) {
    const samples = samplesOf([sentHeader(message)], [], { random: randomOf(1), count: 12 });
    const found = samples.find((values) => areSendable(reader, message, values));
    bases.set(message, found === undefined ? undefined : encodedHeaders(reader, message, found));
  }
  return bases.get(message);
}

/** Returns a payload that a message may have. */
export function basePayload(reader: ChannelReader, message: ContractMessage): unknown {
  const samples = samplesOf([sentPayload(message)], [], { random: randomOf(1), count: 12 });
  return (
    samples.find((value) => reader.validatorOf(message).isValid(value)) ?? message.examples[0]?.payload ?? samples[0]
  );
}

export function encodedKey(encoding: KeyEncoding, value: unknown): Buffer {
  if (encoding === 'uint32le-padded' && typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(Math.min(4_294_967_295, Math.max(0, Math.trunc(value))), 0);
    return bytes;
  }
  return Buffer.from(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
}

/** Returns the key of a record; null if its messages have none. */
export function keyBytes(channel: ServiceChannel, message: ContractMessage, payload: unknown): Buffer | null {
  const key = keyOf(channel, message);
  if (key === undefined) return null;
  const field = key.field !== undefined && isObject(payload) ? payload[key.field] : undefined;
  const [sample = 'a'] = field === undefined ? samplesOf([linked(schemaOf(key.schema, { isClosed: false }))], [], { random: randomOf(1), count: 3 }) : []; // prettier-ignore
  return encodedKey(key.encoding, field ?? sample);
}

export interface RecordParts {
  readonly headers?: WireHeaders | undefined;
  readonly payload?: unknown;
  readonly key?: Buffer | null;
}

/** Returns a whole record. What is not given is as the message has it. */
export function recordOf(
  channel: ServiceChannel,
  reader: ChannelReader,
  message: ContractMessage,
  parts: RecordParts = {},
): WireRecord {
  // prettier-ignore
  const payload = 'payload' in parts ? parts.payload : basePayload(reader, message);
  const isPlain = channel.contract.format !== 'json';
  const text = isPlain ? (typeof payload === 'string' ? payload : 'a value') : JSON.stringify(payload ?? null);
  return {
    key: parts.key === undefined ? keyBytes(channel, message, payload) : parts.key,
    headers: parts.headers ?? baseHeaders(reader, message) ?? {},
    value: Buffer.from(text),
  };
}

/** Returns a record as people read it. */
export function witnessOf(channel: ServiceChannel, record: WireRecord, outcome: string): Witness {
  return {
    topic: channel.contract.address,
    key: record.key === null ? null : shown(record.key),
    headers: Object.fromEntries(Object.entries(record.headers).map(([name, bytes]) => [name, shown(bytes)])),
    payload:
      channel.contract.format === 'json' ? (JSON.parse(record.value.toString()) as unknown) : record.value.toString(),
    outcome,
  };
}

/** Returns text as it is, and other bytes in hexadecimal notation. */
export function shown(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const isPrintable = !/[\u0000-\u0008\u000b-\u001f\ufffd]/.test(text);
  return isPrintable ? text : `0x${bytes.toString('hex')}`;
}

/** Returns what a reader does with a record, in words. */
export function outcomeOf(read: Read): string {
  switch (read.kind) {
    case 'message':
      return `is read as ${read.message.component}`;
    case 'skip':
      return `is skipped: the type ${read.type} is not known`;
    case 'invalid':
      return `is refused (${read.code}): ${read.pointer === '' ? 'it' : read.pointer} ${read.sentence}`;
  }
}
