import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import { encodedSize } from '../record-size.ts';
import { inTransaction } from '../store/database.ts';
import type { Database, Transaction } from '../store/database.ts';
import { claimOutbox, deleteOutbox, leftBehind, parkOutbox, parkTooLarge, readOutbox } from '../store/tables/outbox.ts';
import type { ChannelRows, PendingRecord } from '../store/tables/outbox.ts';
import { MAX_RECORD_BYTES } from '../transport/sendable-size.ts';
import { Backoff, messageOf, regularly, Signal } from '../waiting.ts';
import { HeldStreams } from './held-streams.ts';
import { send } from './send.ts';
import type { SendOptions, SendResult } from './send.ts';

/** Most records that one claim locks, and most streams that it asks for. */
const CLAIM = { records: 2_000, streams: 1_000 } as const;
/** What one send may hold: it fits into one record batch of a broker with default limits, whatever the partition. */
const MAX_IN_FLIGHT_BYTES = 524_288;

/** Seconds a record may wait before the timer takes its stream: its own publisher is dead or stuck. */
const LEFT_BEHIND_AFTER = 2;
/** Milliseconds. */
const LOOK_AROUND_EVERY = 1_000;
/** Committed and not yet sent records beyond which whoever commits such records waits. */
const MAX_OWED = { records: 20_000, bytes: 67_108_864 } as const;

export interface ChannelPublisherOptions extends Omit<SendOptions, 'channel' | 'topic'> {
  readonly database: Database;
  /** The contract's name of the channel. */
  readonly channel: string;
  readonly topic: string;
  /** An id below which no record of a channel waits, nor ever will. */
  floorOf(channel: string): bigint;
  /** Called when {@link ChannelPublisher.trouble} may be another. */
  report(): void;
}

/** Why the records of a topic do not leave as they come. */
export interface Trouble {
  readonly kind: 'failing' | 'throttled';
  readonly topic: string;
  readonly cause?: unknown;
}

/** The publisher of one channel. One loop, woken by a commit or by a timer that finds what a dead instance left. */
export class ChannelPublisher {
  readonly #options: ChannelPublisherOptions;
  /** Streams to publish, with those of their records that are at hand: committed here, they need not be read. */
  #pending = new Map<string, PendingRecord[]>();
  readonly #held: HeldStreams;
  readonly #signal = new Signal();
  readonly #latency: ReturnType<typeof metrics.eventLatency.labels>;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #owed = { records: 0, bytes: 0 };
  /** Records whose ack came after their transaction had ended: they are only forgotten. */
  #ackedLate: ReadonlySet<bigint> = new Set();
  /** What the broker may still ack. */
  #underWay: SendResult['underWay'];
  #trouble: Trouble | undefined;
  #done: Promise<void> | undefined;
  #lookedAround: Promise<void> | undefined;

  constructor(options: ChannelPublisherOptions) {
    this.#options = options;
    this.#latency = metrics.eventLatency.labels(options.channel);
    this.#held = new HeldStreams((streams) => {
      this.#putBack(streams, []);
      this.#signal.raise();
    });
  }

  start(): void {
    this.#lookedAround = this.#lookAround();
    this.#done = this.#run();
  }

  /** Publishes records that were just committed, and whatever their streams have pending before them. */
  publish(records: readonly PendingRecord[]): void {
    for (const record of records) {
      // Those of a stream that waits for another session are read once that has let go.
      if (this.#held.has(record.stream)) this.#putBack([record.stream], []);
      else this.#add(record);
    }
    if (records.length > 0) this.#signal.raise();
  }

  /** Records that were committed here and are not sent yet. */
  get inFlightCount(): number {
    return this.#owed.records;
  }

  get isFull(): boolean {
    return this.#owed.records > MAX_OWED.records || this.#owed.bytes > MAX_OWED.bytes;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  get heldStreams(): readonly string[] {
    return this.#held.longest;
  }

  /** Sends what is left, as far as that goes without waiting for a broker that is away. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#signal.raise();
    await this.#done;
    this.#held.stop();
    await this.#lookedAround;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      if (this.#pending.size === 0) {
        if (signal.aborted) return;
        const { broker, topic } = this.#options;
        // What the broker throttles is over some time after the last record has left.
        const isWoken = await this.#signal.wait(this.#trouble && Math.ceil(broker.throttledMs(topic)));
        if (!isWoken) this.#report(undefined);
        continue;
      }
      try {
        await this.#whileThrottled();
        await this.#publishSome();
        this.#backoff.reset();
        this.#report(undefined);
      } catch (error) {
        this.#report({ kind: 'failing', topic: this.#options.topic, cause: error });
        if (signal.aborted) return;
        await this.#awaitLateAck();
        await this.#backoff.wait(signal);
      }
    }
  }

  /** Waits for as long as the broker wants nothing; what is queued in its client would be sent after it was given up. */
  async #whileThrottled(): Promise<void> {
    const { broker, topic } = this.#options;
    for (let left = broker.throttledMs(topic); left > 0; left = broker.throttledMs(topic)) {
      this.#report({ kind: 'throttled', topic });
      if (this.#stopping.signal.aborted) throw new Error('the broker throttles what is left');
      await sleep(left, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  #report(trouble: Trouble | undefined): void {
    const { broker, topic, report } = this.#options;
    const before = this.#trouble?.kind;
    // Between two sends that the broker throttles all is well only in appearance.
    this.#trouble = trouble ?? (broker.throttledMs(topic) > 0 ? { kind: 'throttled', topic } : undefined);
    // A failure may follow another one of another reason.
    if (this.#trouble?.kind !== before || trouble?.kind === 'failing') report();
  }

  async #publishSome(): Promise<void> {
    const { database } = this.#options;
    const { streams, atHand } = this.#take();
    const end = metrics.publishSeconds.startTimer();
    let remaining = streams;
    try {
      const { claimed, sent, result } = await inTransaction(database, async (transaction) => {
        const claimed = await claimOutbox(transaction, this.#rows, streams, CLAIM.records);
        const forgotten = claimed.ids.filter((id) => this.#ackedLate.has(id));
        const known = claimed.ids.filter((id) => !this.#ackedLate.has(id));
        const parked = await this.#read(transaction, known, atHand);
        const ids = known.filter((id) => !parked.has(id));
        const sent = firstOf(ids, atHand);
        await faultPoint('before-send', sent.length);
        const result = await send(this.#options, sent);
        this.#underWay = result.underWay;
        await faultPoint('after-publish', result.acked.length);
        const gone = [...forgotten, ...result.acked];
        if (gone.length > 0) await deleteOutbox(transaction, gone);
        for (const { id, reason } of result.refused) await parkOutbox(transaction, id, reason);
        return { claimed, sent: forgotten.length + parked.size + sent.length, result };
      });
      await faultPoint('after-delete', result.acked.length);
      metrics.published.inc({ channel: this.#options.channel }, result.acked.length);
      this.#observeLatency(result.acked, atHand);
      // Whoever holds a stream sends what is at hand of it, too.
      this.#held.found(streams, claimed.held);
      for (const [id, { stream }] of atHand) if (this.#held.has(stream)) atHand.delete(id);
      for (const id of result.acked) atHand.delete(id);
      for (const { id } of result.refused) atHand.delete(id);
      // What is at hand and was not claimed, another instance has sent.
      const isAll = claimed.isAll && sent === claimed.ids.length && result.error === undefined;
      remaining = isAll ? [] : streams.filter((stream) => !this.#held.has(stream));
      if (isAll) atHand.clear();
      if (result.error !== undefined) throw result.error;
      end();
    } finally {
      this.#putBack(remaining, [...atHand.values()]);
    }
  }

  /** Of records that another instance committed, or that did not stay in memory, the timestamp is unknown. */
  #observeLatency(ids: readonly bigint[], atHand: ReadonlyMap<bigint, PendingRecord>): void {
    const now = Date.now();
    for (const id of ids) {
      const sourceTimestamp = atHand.get(id)?.sourceTimestamp;
      if (sourceTimestamp === undefined) continue;
      // Producers' clocks may be ahead.
      this.#latency.observe(Math.max(0, now - sourceTimestamp) / 1_000);
    }
  }

  /** Reads those records that are not at hand. @returns the ids of those that are too large, and parked now. */
  async #read(transaction: Transaction, ids: readonly bigint[], atHand: Map<bigint, PendingRecord>) {
    const { topic, log } = this.#options;
    const unknown = ids.filter((id) => !atHand.has(id));
    if (unknown.length === 0) return new Set();
    const tooLarge = await parkTooLarge(transaction, unknown, MAX_RECORD_BYTES);
    for (const { id, bytes } of tooLarge) {
      const what = `A record of ${String(bytes)} bytes is larger than any that is sent`;
      log.error({ topic, sequence: String(id) }, sentence('RECORD_PARKED', what));
    }
    for (const record of await readOutbox(transaction, unknown, MAX_IN_FLIGHT_BYTES)) atHand.set(record.id, record);
    return new Set(tooLarge.map(({ id }) => id));
  }

  /** What may still be acked is not sent again before that is known. */
  async #awaitLateAck(): Promise<void> {
    const { signal } = this.#stopping;
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    this.#underWay = undefined;
    const { topic, log } = this.#options;
    const settled = underWay.settled.then(
      () => {
        this.#ackedLate = new Set(underWay.ids);
      },
      (error: unknown) => {
        log.debug({ topic, error: messageOf(error) }, 'a late send has failed');
      },
    );
    await Promise.race([settled, once(signal, 'abort')]);
  }

  get #rows(): ChannelRows {
    const { channel, floorOf } = this.#options;
    return { channel, floor: floorOf(channel) };
  }

  /** The next streams, with what is at hand of them: about as much as one send may hold. */
  #take() {
    const streams: string[] = [];
    const atHand = new Map<bigint, PendingRecord>();
    let bytes = 0;
    for (const [stream, records] of this.#pending) {
      streams.push(stream);
      this.#pending.delete(stream);
      for (const record of records) {
        const size = encodedSize(record.record);
        this.#owed.records -= 1;
        this.#owed.bytes -= size;
        // A record may be there twice: put back after it was read, and published by who committed it.
        if (!atHand.has(record.id)) bytes += size;
        atHand.set(record.id, record);
      }
      if (streams.length >= CLAIM.streams || atHand.size >= CLAIM.records || bytes >= MAX_IN_FLIGHT_BYTES) break;
    }
    return { streams, atHand };
  }

  #putBack(streams: readonly string[], records: readonly PendingRecord[]): void {
    for (const stream of streams) if (!this.#pending.has(stream)) this.#pending.set(stream, []);
    for (const record of records) this.#add(record);
  }

  #add(record: PendingRecord): void {
    const known = this.#pending.get(record.stream);
    if (known === undefined) this.#pending.set(record.stream, [record]);
    else known.push(record);
    this.#owed.records += 1;
    this.#owed.bytes += encodedSize(record.record);
  }

  /** Looks for records left behind, one look after the other: a slow one must not take every connection. */
  #lookAround(): Promise<void> {
    return regularly(LOOK_AROUND_EVERY, this.#stopping.signal, async () => {
      try {
        const streams = await leftBehind(this.#options.database, this.#rows, LEFT_BEHIND_AFTER);
        const free = streams.filter((stream) => !this.#held.has(stream));
        this.#putBack(free, []);
        if (free.length > 0) this.#signal.raise();
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
    bytes += encodedSize(record.record);
    if (bytes > MAX_IN_FLIGHT_BYTES && records.length > 0) break;
    records.push(record);
  }
  return records;
}
