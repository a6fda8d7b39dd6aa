import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import { inTransaction } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { claimOutbox, deleteOutbox, leftBehind, parkOutbox, readOutbox } from '../store/outbox.ts';
import type { PendingRecord } from '../store/outbox.ts';
import { Backoff, messageOf, regularly, Signal } from '../waiting.ts';
import { send } from './send.ts';
import type { SendOptions } from './send.ts';

/** Most records that one claim locks, and most streams that it asks for. */
const CLAIM = { records: 2_000, streams: 1_000 } as const;
/** What one send may hold: it fits into one record batch of a broker with default limits, whatever the partition. */
const MOST_BYTES = 524_288;

/** Seconds a record may wait before the timer takes its stream: its own publisher is dead or stuck. */
const LEFT_BEHIND_AFTER = 2;
/** Milliseconds. */
const LOOK_AROUND_EVERY = 1_000;
/** Committed and not yet sent records beyond which the consumer waits. */
const MOST_OWED = 20_000;

export interface PublisherOptions extends SendOptions {
  readonly database: Database;
  /** Told why events cannot leave, or undefined when they do. */
  health(reason: string | undefined, cause?: unknown): void;
}

/**
 * Sends what was committed, whoever committed it, and forgets what the broker acked: at least once, each stream in
 * the order of its ids. One loop, woken by a commit or by a timer that finds what a dead instance left.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  /** Streams to publish, with those of their records that are at hand: committed here, they need not be read. */
  #pending = new Map<string, PendingRecord[]>();
  readonly #signal = new Signal();
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #owed = 0;
  #done: Promise<void> | undefined;
  #lookedAround: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookedAround = this.#lookAround();
    this.#done = this.#run();
  }

  /** Publishes records that were just committed, and whatever their streams have pending before them. */
  publish(records: readonly PendingRecord[]): void {
    for (const record of records) {
      const known = this.#pending.get(record.stream);
      if (known === undefined) this.#pending.set(record.stream, [record]);
      else known.push(record);
    }
    this.#owed += records.length;
    if (records.length > 0) this.#signal.raise();
  }

  /** Records that were committed here and are not sent yet. */
  get owed(): number {
    return this.#owed;
  }

  /** Whether there is no room for more: a publisher that cannot keep up slows down whoever commits. */
  isFull(): boolean {
    return this.#owed > MOST_OWED;
  }

  /** Sends what is left, as far as that goes without waiting for a broker that is away. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#signal.raise();
    await this.#done;
    await this.#lookedAround;
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#pending.size === 0) {
        if (this.#stopping.signal.aborted) return;
        await this.#signal.wait();
        continue;
      }
      try {
        await this.#publishSome();
        this.#backoff.reset();
        this.#options.health(undefined);
      } catch (error) {
        this.#options.health(sentence('EVENTS_CANNOT_LEAVE', 'Events cannot leave'), error);
        if (this.#stopping.signal.aborted) return;
        await this.#backoff.wait(this.#stopping.signal);
      }
    }
  }

  async #publishSome(): Promise<void> {
    const { streams, atHand, taken } = this.#take();
    const end = metrics.publishSeconds.startTimer();
    let done = false;
    try {
      const { complete, outcome } = await inTransaction(this.#options.database, async (transaction) => {
        const claimed = await claimOutbox(transaction, streams, CLAIM.records);
        const unknown = claimed.filter((id) => !atHand.has(id));
        if (unknown.length > 0) {
          for (const record of await readOutbox(transaction, unknown, MOST_BYTES)) atHand.set(record.id, record);
        }
        const records = firstOf(claimed, atHand);
        await faultPoint('before-send', records.length);
        const outcome = await send(this.#options, records);
        await faultPoint('after-publish', outcome.acked.length);
        if (outcome.acked.length > 0) await deleteOutbox(transaction, outcome.acked);
        for (const { id, reason } of outcome.refused) await parkOutbox(transaction, id, reason);
        return { complete: claimed.length < CLAIM.records && records.length === claimed.length, outcome };
      });
      await faultPoint('after-delete', outcome.acked.length);
      // What is at hand and was not claimed, another instance has sent.
      done = complete && outcome.failure === undefined;
      for (const [channel, acked] of Map.groupBy(outcome.acked, (id) => atHand.get(id)?.channel ?? '')) {
        metrics.published.inc({ channel }, acked.length);
      }
      for (const id of outcome.acked) atHand.delete(id);
      if (outcome.failure !== undefined) throw outcome.failure;
      end();
    } finally {
      this.#owed -= taken;
      if (!done) this.#putBack(streams, [...atHand.values()]);
    }
  }

  /** The next streams, with what is at hand of them: about as much as one send may hold. */
  #take() {
    const streams: string[] = [];
    const atHand = new Map<bigint, PendingRecord>();
    let bytes = 0;
    // A record may be there twice: put back after it was read, and published by who committed it.
    let taken = 0;
    for (const [stream, records] of this.#pending) {
      streams.push(stream);
      this.#pending.delete(stream);
      taken += records.length;
      for (const record of records) {
        atHand.set(record.id, record);
        bytes += sizeOf(record);
      }
      if (streams.length >= CLAIM.streams || atHand.size >= CLAIM.records || bytes >= MOST_BYTES) break;
    }
    return { streams, atHand, taken };
  }

  #putBack(streams: readonly string[], records: readonly PendingRecord[]): void {
    for (const stream of streams) if (!this.#pending.has(stream)) this.#pending.set(stream, []);
    for (const record of records) this.#pending.get(record.stream)?.push(record);
    this.#owed += records.length;
  }

  /** Looks for records left behind, one look after the other: a slow one must not take every connection. */
  #lookAround(): Promise<void> {
    return regularly(LOOK_AROUND_EVERY, this.#stopping.signal, async () => {
      try {
        const streams = await leftBehind(this.#options.database, LEFT_BEHIND_AFTER);
        this.#putBack(streams, []);
        if (streams.length > 0) this.#signal.raise();
      } catch (error) {
        this.#options.log.debug({ error: messageOf(error) }, 'could not look for records left behind');
      }
    });
  }
}

/** The first of what was claimed, as many as one send may hold, one at least; without a gap, or order would be lost. */
function firstOf(claimed: readonly bigint[], atHand: ReadonlyMap<bigint, PendingRecord>): PendingRecord[] {
  const records: PendingRecord[] = [];
  let bytes = 0;
  for (const id of claimed) {
    const record = atHand.get(id);
    if (record === undefined) break;
    bytes += sizeOf(record);
    if (bytes > MOST_BYTES && records.length > 0) break;
    records.push(record);
  }
  return records;
}

/** Bytes on the wire, roughly: a header costs its name and some bytes of framing too. */
function sizeOf({ record: { key, value, headers } }: PendingRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + 80;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
