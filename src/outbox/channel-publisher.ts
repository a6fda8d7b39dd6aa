import { setTimeout as sleep } from 'node:timers/promises';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import { encodedSize } from '../record-size.ts';
import { inTransaction } from '../store/database.ts';
import type { Database, Transaction } from '../store/database.ts';
import { claimOutbox, deleteOutbox, leftBehind, parkOutbox, parkTooLarge, readOutbox } from '../store/tables/outbox.ts';
import type { ChannelRows, PendingRecord } from '../store/tables/outbox.ts';
import { aboveLimitOfService, MAX_RECORD_BYTES } from '../transport/sendable-size.ts';
import { Backoff, messageOf, regularly, Signal } from '../waiting.ts';
import { HeldStreams } from './held-streams.ts';
import { LateAcks } from './late-acks.ts';
import { PendingStreams } from './pending-streams.ts';
import { parkedSentence, send } from './send.ts';
import type { SendOptions } from './send.ts';

/** What one claim locks at most, and asks for. */
const MAX_CLAIM = { records: 2_000, streams: 1_000 } as const;
/** What one send may hold: it fits into one record batch of a broker with default limits, whatever the partition. */
const MAX_IN_FLIGHT_BYTES = 524_288;
/** The timer takes the streams of records that have waited for this long: their own publisher is dead or stuck. */
const ABANDONED_AFTER_SECONDS = 2;
const ABANDONED_CHECK_INTERVAL_MS = 1_000;

export interface ChannelPublisherOptions extends Omit<SendOptions, 'channel' | 'topic'> {
  readonly database: Database;
  /** The contract's name of the channel. */
  readonly channel: string;
  readonly topic: string;
  /** Returns an id below which a channel has no pending record, nor ever will have. */
  floorOf(channel: string): bigint;
  /** Called when {@link ChannelPublisher.problem} may have changed. */
  report(): void;
}

/** Why the records of a topic are not sent as they are committed. */
export interface ChannelProblem {
  readonly kind: 'failing' | 'throttled';
  readonly topic: string;
  readonly cause?: unknown;
}

/** The publisher of one channel. One loop, woken by a commit or by a timer that finds what a dead instance left. */
export class ChannelPublisher {
  readonly #options: ChannelPublisherOptions;
  readonly #pending = new PendingStreams();
  readonly #held: HeldStreams;
  readonly #signal = new Signal();
  readonly #latency: ReturnType<typeof metrics.eventLatency.labels>;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  readonly #lateAcks: LateAcks;
  #problem: ChannelProblem | undefined;
  #done: Promise<void> | undefined;
  #abandonedDone: Promise<void> | undefined;

  constructor(options: ChannelPublisherOptions) {
    this.#options = options;
    this.#latency = metrics.eventLatency.labels(options.channel);
    this.#held = new HeldStreams((streams) => {
      this.#pending.addStreams(streams);
      this.#signal.raise();
    });
    this.#lateAcks = new LateAcks(options.topic, options.log);
  }

  start(): void {
    this.#abandonedDone = this.#takeAbandoned();
    this.#done = this.#run();
  }

  /** Publishes records that were just committed, and the records that are pending before them in their streams. */
  publish(records: readonly PendingRecord[]): void {
    for (const record of records) {
      // A held stream waits for another session: its records are read once that has let go.
      if (this.#held.has(record.stream)) this.#pending.addStreams([record.stream]);
      else this.#pending.add(record);
    }
    if (records.length > 0) this.#signal.raise();
  }

  /** Records that were committed here and are not sent yet. */
  get inFlightCount(): number {
    return this.#pending.recordCount;
  }

  get isFull(): boolean {
    return this.#pending.isFull;
  }

  get problem(): ChannelProblem | undefined {
    return this.#problem;
  }

  get heldStreams(): readonly string[] {
    return this.#held.longHeld;
  }

  /** Sends what is left, without waiting for a broker that does not answer. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#signal.raise();
    await this.#done;
    this.#held.stop();
    await this.#abandonedDone;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      if (this.#pending.isEmpty) {
        if (signal.aborted) return;
        const { broker, topic } = this.#options;
        // The broker may stop to throttle some time after the last record was sent.
        const isWoken = await this.#signal.wait(this.#problem && Math.ceil(broker.throttledMs(topic)));
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
        await this.#lateAcks.settled(signal);
        await this.#backoff.wait(signal);
      }
    }
  }

  /** Waits while the broker throttles: a send that its client has queued would leave after the publisher has given it up. */
  async #whileThrottled(): Promise<void> {
    const { broker, topic } = this.#options;
    for (let left = broker.throttledMs(topic); left > 0; left = broker.throttledMs(topic)) {
      this.#report({ kind: 'throttled', topic });
      if (this.#stopping.signal.aborted) throw new Error('stopping while the broker throttles');
      await sleep(left, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  #report(problem: ChannelProblem | undefined): void {
    const { broker, topic, report } = this.#options;
    const before = this.#problem?.kind;
    // A send may succeed between two that the broker throttles.
    this.#problem = problem ?? (broker.throttledMs(topic) > 0 ? { kind: 'throttled', topic } : undefined);
    // Two failures in a row may have different reasons.
    if (this.#problem?.kind !== before || problem?.kind === 'failing') report();
  }

  async #publishSome(): Promise<void> {
    const { database } = this.#options;
    const { streams, inMemory } = this.#pending.take({ ...MAX_CLAIM, bytes: MAX_IN_FLIGHT_BYTES });
    const end = metrics.publishSeconds.startTimer();
    let remaining = streams;
    try {
      const done = await inTransaction(database, async (transaction) => {
        const claimed = await claimOutbox(transaction, this.#rows, streams, MAX_CLAIM.records);
        const ackedLate = claimed.ids.filter((id) => this.#lateAcks.has(id));
        const unacked = claimed.ids.filter((id) => !this.#lateAcks.has(id));
        const parked = await this.#read(transaction, unacked, inMemory);
        const ids = unacked.filter((id) => !parked.has(id));
        const sent = firstOf(ids, inMemory);
        await faultPoint('before-send', sent.length);
        const result = await send(this.#options, sent);
        this.#lateAcks.note(result.underWay);
        await faultPoint('after-publish', result.acked.length);
        const acked = [...ackedLate, ...result.acked];
        if (acked.length > 0) await deleteOutbox(transaction, acked);
        for (const { id, reason } of result.refused) await parkOutbox(transaction, id, reason);
        return { claimed, handled: ackedLate.length + parked.size + sent.length, result };
      });
      const { claimed, handled, result } = done;
      await faultPoint('after-delete', result.acked.length);
      metrics.published.inc({ channel: this.#options.channel }, result.acked.length);
      this.#observeLatency(result.acked, inMemory);
      // Another session holds these streams, and sends their records that are in memory here, too.
      this.#held.update(streams, claimed.held);
      for (const [id, { stream }] of inMemory) if (this.#held.has(stream)) inMemory.delete(id);
      for (const id of result.acked) inMemory.delete(id);
      for (const { id } of result.refused) inMemory.delete(id);
      // Another instance has sent what is in memory and was not claimed.
      const isAll = claimed.isAll && handled === claimed.ids.length && result.error === undefined;
      remaining = isAll ? [] : streams.filter((stream) => !this.#held.has(stream));
      if (isAll) inMemory.clear();
      if (result.error !== undefined) throw result.error;
      end();
    } finally {
      this.#pending.addStreams(remaining);
      for (const record of inMemory.values()) this.#pending.add(record);
    }
  }

  /** A record that another instance committed, or that was read again, has no source timestamp. */
  #observeLatency(ids: readonly bigint[], inMemory: ReadonlyMap<bigint, PendingRecord>): void {
    const now = Date.now();
    for (const id of ids) {
      const sourceTimestamp = inMemory.get(id)?.sourceTimestamp;
      if (sourceTimestamp === undefined) continue;
      // The clock of a producer may be fast.
      this.#latency.observe(Math.max(0, now - sourceTimestamp) / 1_000);
    }
  }

  /** Reads the records that are not in memory. @returns the ids of those that are too large, and parked now. */
  async #read(transaction: Transaction, ids: readonly bigint[], inMemory: Map<bigint, PendingRecord>) {
    const { topic, log } = this.#options;
    const unknown = ids.filter((id) => !inMemory.has(id));
    if (unknown.length === 0) return new Set();
    const tooLarge = await parkTooLarge(transaction, unknown, MAX_RECORD_BYTES);
    for (const { id, bytes } of tooLarge) {
      log.error({ topic, sequence: String(id) }, parkedSentence(bytes, aboveLimitOfService(bytes)));
    }
    for (const record of await readOutbox(transaction, unknown, MAX_IN_FLIGHT_BYTES)) inMemory.set(record.id, record);
    return new Set(tooLarge.map(({ id }) => id));
  }

  get #rows(): ChannelRows {
    const { channel, floorOf } = this.#options;
    return { channel, floor: floorOf(channel) };
  }

  /** Takes the streams of abandoned records, one check after the other: a slow one must not take every connection. */
  #takeAbandoned(): Promise<void> {
    return regularly(ABANDONED_CHECK_INTERVAL_MS, this.#stopping.signal, async () => {
      try {
        const streams = await leftBehind(this.#options.database, this.#rows, ABANDONED_AFTER_SECONDS);
        const free = streams.filter((stream) => !this.#held.has(stream));
        this.#pending.addStreams(free);
        if (free.length > 0) this.#signal.raise();
      } catch (error) {
        this.#options.log.debug({ error: messageOf(error) }, 'failed to look for abandoned records');
      }
    });
  }
}

/** Returns the first of the claimed records, as many as one send may hold, one at least. A gap would break their order. */
function firstOf(claimed: readonly bigint[], inMemory: ReadonlyMap<bigint, PendingRecord>): PendingRecord[] {
  const records: PendingRecord[] = [];
  let bytes = 0;
  for (const id of claimed) {
    const record = inMemory.get(id);
    if (record === undefined) break;
    bytes += encodedSize(record.record);
    if (bytes > MAX_IN_FLIGHT_BYTES && records.length > 0) break;
    records.push(record);
  }
  return records;
}
