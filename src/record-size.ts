import type { HeaderValue, RecordHeaders } from '../generated/contract/record.ts';

/** What the record format adds at most: to a record its length, offset, timestamp and counts, to a header two lengths. */
const OVERHEAD = { record: 36, header: 10 } as const;

/**
 * Bytes that a record takes in a batch at most, before compression: key, value and every header.
 *
 * Source: https://kafka.apache.org/documentation/#record
 */
export function encodedSize(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders | undefined;
}): number {
  let bytes = OVERHEAD.record + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) {
    const value = record.headers[name];
    if (value === undefined) continue;
    // A header that is there more than once has its name each time.
    const values = isList(value) ? value : [value];
    for (const one of values) bytes += OVERHEAD.header + Buffer.byteLength(name) + sizeOfValue(one);
  }
  return bytes;
}

/** Strings are written as UTF-8. kafkajs has headers without a value, its types do not. */
function sizeOfValue(value: HeaderValue | null): number {
  return value === null ? 0 : Buffer.byteLength(value);
}

/** Whether a header is there more than once. `Array.isArray` does not narrow readonly arrays. */
export function isList<One>(value: One | readonly One[]): value is readonly One[] {
  return Array.isArray(value);
}
