import type { RecordHeaders } from '../../generated/contract/record.ts';
import type { BrokerRecord } from './broker.ts';

type HeaderBytes = Buffer | null;

/** What a record has from its batch. */
export interface RecordBase {
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** Whether the broker wrote the timestamp: then it is the one of every record of the batch. */
  readonly isAppendTime: boolean;
}

/**
 * Reads so many records of a record batch (magic 2), one behind the other.
 *
 * kafkajs 2.2.4 looks a header's name up in a plain object: `constructor` and `__proto__` come out with parts of
 * JavaScript in them, in a form that cannot be sent on. It also copies the object once per header, and adds 64-bit
 * numbers one by one. Here the headers have no prototype and everything is read in one pass.
 *
 * @throws when the bytes do not hold exactly these records.
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
  // Attributes: the protocol has no use for them yet.
  reader.byte();
  const timestampDelta = reader.varInt();
  const offset = base.offset + BigInt(reader.varInt());
  const key = reader.bytes();
  const value = reader.bytes();
  // A header without a value is there too, which the contract's types leave out as kafkajs' do.
  const headers = reader.headers() as RecordHeaders;
  if (reader.offset !== end) throw new Error(`record ${String(offset)} has not the length that it declares`);
  const timestamp = base.isAppendTime ? base.timestamp : base.timestamp + BigInt(timestampDelta);
  return { offset, timestamp: exact(timestamp), key, value, headers };
}

/** A producer may have written any 64-bit number: returns the nearest that a number holds exactly. */
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
