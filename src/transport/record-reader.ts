import type { RecordHeaders } from '../../generated/contract/record.js';
import type { BrokerRecord } from './broker.ts';

type HeaderBytes = Buffer | null;

/** The values of a batch that apply to its records. */
export interface RecordBase {
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** Whether the broker wrote the timestamp: then all records of the batch have it. */
  readonly isAppendTime: boolean;
}

/**
 * Reads so many consecutive records of a record batch (magic 2).
 *
 * kafkajs 2.2.4 looks up the name of a header in a plain object: `constructor` and `__proto__` get members of Object as values,
 * which cannot be sent again. It also copies the object once per header, and adds 64-bit
 * numbers one by one. Here the headers have no prototype and everything is read in one pass.
 *
 * @throws if the bytes are not exactly these records.
 */
export function readRecords(bytes: Buffer, count: number, base: RecordBase): BrokerRecord[] {
  const reader = new Reader(bytes);
  const records: BrokerRecord[] = [];
  for (let index = 0; index < count; index += 1) records.push(readRecord(reader, base));
  if (reader.offset !== bytes.length) {
    throw new Error(`its ${String(count)} records take ${String(reader.offset)} of its ${String(bytes.length)} bytes`);
  }
  return records;
}

function readRecord(reader: Reader, base: RecordBase): BrokerRecord {
  const end = reader.varInt() + reader.offset;
  // Attributes: the protocol does not use them yet.
  reader.byte();
  const timestampDelta = reader.varInt();
  const offset = base.offset + BigInt(reader.varInt());
  const key = reader.bytes();
  const value = reader.bytes();
  // A header may have no value, which neither the contract's types nor kafkajs' mention.
  const headers = reader.headers() as RecordHeaders;
  if (reader.offset !== end) throw new Error(`record ${String(offset)} does not have the length that it declares`);
  const timestamp = base.isAppendTime ? base.timestamp : base.timestamp + BigInt(timestampDelta);
  return { offset, timestamp: exact(timestamp), key, value, headers };
}

/** Returns the nearest integer that JavaScript represents exactly: a producer may have written any 64-bit number. */
export function exact(timestamp: bigint): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(timestamp)));
}

class Reader {
  readonly #buffer: Buffer;
  offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  byte(): number {
    return this.#buffer.readInt8(this.offset++);
  }

  /** Zigzag, up to 64 bits; exact up to 2^53. */
  varInt(): number {
    let result = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#buffer.readUInt8(this.offset++);
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
      factor *= 0x80;
    }
  }

  bytes(): HeaderBytes {
    const length = this.varInt();
    if (length < 0) return null;
    const start = this.offset;
    this.offset += length;
    if (this.offset > this.#buffer.length) throw new Error('a length leads beyond the end of the batch');
    return this.#buffer.subarray(start, this.offset);
  }

  headers(): Record<string, HeaderBytes | HeaderBytes[]> {
    const headers = Object.create(null) as Record<string, HeaderBytes | HeaderBytes[]>;
    for (let left = this.varInt(); left > 0; left -= 1) {
      const name = this.bytes()?.toString() ?? '';
      const value = this.bytes();
      const before = headers[name];
      if (before === undefined) headers[name] = value;
      else if (Array.isArray(before)) before.push(value);
      else headers[name] = [before, value];
    }
    return headers;
  }
}
