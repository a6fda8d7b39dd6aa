import { encodedSize } from '../record-size.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';

/** While more than this is in memory, units of work that would commit records of the channel wait. */
const MAX_IN_MEMORY = { records: 20_000, bytes: 67_108_864 } as const;

/** How much {@link PendingStreams.take} returns: it stops at the first of these that it reaches. */
export interface TakeLimits {
  readonly streams: number;
  readonly records: number;
  readonly bytes: number;
}

/**
 * The streams that have records to publish. Those records of them that were committed here, or were read before, are in
 * memory and need not be read again.
 */
export class PendingStreams {
  readonly #streams = new Map<string, PendingRecord[]>();
  #count = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  /** How many records are in memory. */
  get recordCount(): number {
    return this.#count;
  }

  /** Whether so much is in memory that no more may be committed for the channel. */
  get isFull(): boolean {
    return this.#count > MAX_IN_MEMORY.records || this.#bytes > MAX_IN_MEMORY.bytes;
  }

  /** Adds streams whose records have to be read. */
  addStreams(streams: readonly string[]): void {
    for (const stream of streams) if (!this.#streams.has(stream)) this.#streams.set(stream, []);
  }

  /** Adds a record, and with it its stream. */
  add(record: PendingRecord): void {
    const records = this.#streams.get(record.stream);
    if (records === undefined) this.#streams.set(record.stream, [record]);
    else records.push(record);
    this.#count += 1;
    this.#bytes += encodedSize(record.record);
  }

  /** Removes the next streams, with all of their records that are in memory. */
  take(limits: TakeLimits): { readonly streams: readonly string[]; readonly inMemory: Map<bigint, PendingRecord> } {
    const streams: string[] = [];
    const inMemory = new Map<bigint, PendingRecord>();
    let bytes = 0;
    for (const [stream, records] of this.#streams) {
      streams.push(stream);
      this.#streams.delete(stream);
      for (const record of records) {
        const size = encodedSize(record.record);
        this.#count -= 1;
        this.#bytes -= size;
        // A record may be there twice: put back after it was read, and published after its commit.
        if (!inMemory.has(record.id)) bytes += size;
        inMemory.set(record.id, record);
      }
      if (streams.length >= limits.streams || inMemory.size >= limits.records || bytes >= limits.bytes) break;
    }
    return { streams, inMemory };
  }
}
