/** Records of a size. */
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isObject } from '../../json-object.ts';
import { isValid } from '../schema/valid.ts';
import { wireHeaders } from '../wire/headers.ts';
import type { WireRecord } from '../wire/reader.ts';
import { basePayload, baseHeaders, encodedHeaders, recordOf } from './record.ts';
import { sentPayload } from './sent.ts';
import type { Side } from './side.ts';

/** Returns the bytes of key, headers and value. */
export function sizeOf({ key, headers, value }: WireRecord): number {
  const ofHeaders = Object.entries(headers).map(([name, bytes]) => Buffer.byteLength(name) + bytes.length);
  return ofHeaders.reduce((sum, size) => sum + size, (key?.length ?? 0) + value.length);
}

/** Returns a record that a message may have, of more than `min` and at most `max` bytes; undefined if no text in it may be so long. */
export function largeRecord(side: Side, min: number, max: number): WireRecord | undefined {
  const base = recordOf(side);
  const text = 'a'.repeat(min);
  const isFound = (record: WireRecord) => {
    const size = sizeOf(record);
    return size > min && size <= max && side.decoder.read(record).kind === 'message';
  };
  // What the rest of the record has is more than the limit.
  const shorter = text.slice(0, Math.max(0, max - sizeOf(base) - MARGIN));
  const texts = [text, shorter];
  const isJson = side.channel.contract.format === 'json';
  const payloads = isJson
    ? payloadsOf(side).flatMap((payload) => texts.flatMap((one) => enlarged(payload, one)))
    : texts;
  const found = payloads.map((one) => recordOf(side, { payload: one })).find(isFound);
  if (found !== undefined) return found;
  const headers = side.decoder.headersOf(side.message).filter(({ encoding }) => encoding === 'text');
  return headers
    .flatMap(({ name }) =>
      texts.map((one) => wireHeaders(baseHeaders(side), encodedHeaders(side.decoder, side.message, { [name]: one }))),
    )
    .map((one) => recordOf(side, { headers: one }))
    .find(isFound);
}

/** Bytes for the name of a header. */
const MARGIN = 100;
const SAMPLES = 24;

/** Returns the payload with most of the fields that have texts, and the usual one. */
function payloadsOf(side: Side): unknown[] {
  const samples = samplesOf([sentPayload(side.message)], [], { random: randomOf(1), count: SAMPLES });
  const valid = samples.filter((value) => isValid(sentPayload(side.message), value));
  const longest = valid.toSorted((one, other) => enlarged(other, '').length - enlarged(one, '').length);
  return [...longest.slice(0, 1), basePayload(side)];
}

/** Returns the value with another text in each of its places. */
function enlarged(value: unknown, text: string): unknown[] {
  if (typeof value === 'string') return [text];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.flatMap((item, index) => enlarged(item, text).map((one) => items.with(index, one)));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    enlarged(item, text).map((one) => ({ ...value, [name]: one })),
  );
}
