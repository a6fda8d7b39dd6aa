import type { HeaderValue, RecordHeaders } from '../generated/contract/record.js';

/** The most bytes that the record format adds: to a record its length, offset, timestamp and counts; to a header two lengths. */
const MAX_OVERHEAD_BYTES = { record: 36, header: 10 } as const;

/**
 * Returns the most bytes that a record may take in an uncompressed batch, with its key, value and headers.
 *
 * Source: https://kafka.apache.org/documentation/#record
 */
export function encodedSize(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders | undefined;
}): number {
  let bytes = MAX_OVERHEAD_BYTES.record + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) {
    const value = record.headers[name];
    if (value === undefined) continue;
    // A repeated header has its name each time.
    const values = isList(value) ? value : [value];
    for (const one of values) bytes += MAX_OVERHEAD_BYTES.header + Buffer.byteLength(name) + sizeOfValue(one);
  }
  return bytes;
}

/** Returns the bytes of a header value; kafkajs encodes strings as UTF-8. A value may be null, although kafkajs' types exclude it. */
function sizeOfValue(value: HeaderValue | null): number {
  return value === null ? 0 : Buffer.byteLength(value);
}

/** Returns whether a header is repeated. `Array.isArray` does not narrow readonly arrays. */
export function isList<One>(value: One | readonly One[]): value is readonly One[] {
  return Array.isArray(value);
}
