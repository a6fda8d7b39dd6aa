import { replacePart } from './kafkajs-replace.ts';

/** kafkajs' reader over the bytes of one record. */
export interface RecordDecoder {
  readonly buffer: Buffer;
  offset: number;
}

/** What a record has from its batch; kafkajs' 64-bit numbers print as what they are. */
export interface BatchContext {
  readonly firstOffset: { toString(): string };
  readonly firstTimestamp: { toString(): string };
  readonly maxTimestamp: { toString(): string };
  readonly timestampType: number;
  readonly magicByte: number;
  readonly isControlBatch: boolean;
}

type HeaderBytes = Buffer | null;

const LOG_APPEND_TIME = 1;

/** The batch's own numbers, once per batch and not once per record. */
const bases = new WeakMap<BatchContext, { readonly offset: bigint; readonly timestamp: bigint }>();

function basesOf(context: BatchContext) {
  const known = bases.get(context);
  if (known !== undefined) return known;
  const base = { offset: BigInt(context.firstOffset.toString()), timestamp: BigInt(context.firstTimestamp.toString()) };
  bases.set(context, base);
  return base;
}

/**
 * One record of a record batch (magic 2), as kafkajs hands it on.
 *
 * kafkajs 2.2.4 looks a header's name up in a plain object: `constructor` and `__proto__` come out with parts of
 * JavaScript in them, in a form that cannot be sent on. It also copies the object once per header, and adds 64-bit
 * numbers one by one. Here the headers have no prototype and everything is read in one pass.
 */
export function decodeRecord(decoder: RecordDecoder, batchContext: BatchContext) {
  const reader = new Reader(decoder.buffer, decoder.offset);
  const attributes = reader.byte();
  const timestampDelta = reader.varInt();
  const offsetDelta = reader.varInt();
  const key = reader.bytes();
  const value = reader.bytes();
  const headers = reader.headers();
  decoder.offset = reader.offset;
  const base = basesOf(batchContext);
  const timestamp =
    batchContext.timestampType === LOG_APPEND_TIME
      ? batchContext.maxTimestamp.toString()
      : String(base.timestamp + BigInt(timestampDelta));
  return {
    magicByte: batchContext.magicByte,
    attributes,
    timestamp,
    offset: String(base.offset + BigInt(offsetDelta)),
    key,
    value,
    headers,
    isControlRecord: batchContext.isControlBatch,
    batchContext,
  };
}

class Reader {
  readonly #buffer: Buffer;
  offset: number;

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer;
    this.offset = offset;
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

type DecodedRecord = ReturnType<typeof decodeRecord>;

/** What kafkajs had there; its timestamps are sometimes 64-bit numbers, which print as ours. */
export const originalDecoder = replacePart<
  (
    decoder: RecordDecoder,
    context: BatchContext,
  ) => Omit<DecodedRecord, 'timestamp'> & { readonly timestamp: { toString(): string } }
>('protocol/recordBatch/record/v0/decoder.js', decodeRecord);
