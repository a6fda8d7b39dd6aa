/** Makes keys of a message's records. */
import { schemaOf } from '../../schemas.ts';
import type { Schema } from '../../document.ts';
import { linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isObject } from '../../json-object.ts';
import { keyOf } from './side.ts';
import type { KeyEncoding, Side } from './side.ts';

export function encodedKey(encoding: KeyEncoding, value: unknown): Buffer {
  if (encoding === 'uint32le-padded' && typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(Math.min(4_294_967_295, Math.max(0, Math.trunc(value))), 0);
    return bytes;
  }
  return Buffer.from(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
}

/** Returns values that a schema of keys accepts. */
export const keySamples = (schema: Schema, count: number): unknown[] =>
  samplesOf([linked(schemaOf(schema, { isClosed: false, isBounded: false }))], [], { random: randomOf(1), count });

/** Returns the key of a record; null if its messages have none. */
export function keyBytes(side: Side, payload: unknown): Buffer | null {
  const key = keyOf(side);
  if (key === undefined) return null;
  const field = key.field !== undefined && isObject(payload) ? payload[key.field] : undefined;
  const samples = field === undefined ? keySamples(key.schema, 3) : [field];
  return encodedKey(key.encoding, samples.find((sample) => sample !== null) ?? 'a');
}
