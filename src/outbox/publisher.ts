import type { Logger } from 'pino';
import { channels } from '../../generated/contract/channels.ts';
import type { ProducedRecord } from '../../generated/contract/record.ts';
import { faultPoint } from '../faults.ts';
import { inTransaction } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { claimOutbox, deleteOutbox, leftBehind, parkOutbox } from '../store/outbox.ts';
import type { PendingRecord } from '../store/outbox.ts';
import { PublishError } from '../transport/broker.ts';
import type { Broker } from '../transport/broker.ts';
import { Backoff, messageOf, Signal } from '../waiting.ts';

/** One claim: its bytes fit into one record batch of a broker with default limits, even if all go to one partition. */
const CLAIM = { rows: 2_000, bytes: 524_288 } as const;
const STREAMS_PER_CLAIM = 1_000;

/** Seconds a record may wait before the timer takes its stream: its own publisher is dead or stuck. */
const LEFT_BEHIND_AFTER = 2;
/** Milliseconds. */
const LOOK_AROUND_EVERY = 1_000;
/** Milliseconds that one claim may send for: below the server's limit for an idle transaction (10 s). */
const SENDING_TIME = 8_000;

/** Committed and not yet sent records beyond which the consumer waits. */
const MOST_OWED = 20_000;

export interface PublisherOptions {
  readonly database: Database;
  readonly broker: Broker;
  /** The topic of a channel, by the contract's name of it. */
  topicOf(channel: string): string;
  /** Told why events cannot leave, or undefined when they do. */
  health(reason: string | undefined): void;
  readonly log: Logger;
}

/**
 * Sends what was committed, whoever committed it, and forgets what the broker acked: at least once, each stream in
 * the order of its ids. One loop, woken by a commit or by a timer that finds what a dead instance left.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #streams = new Set<string>();
  readonly #signal = new Signal();
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #owed = 0;
  #room = Promise.withResolvers<undefined>();
  #done: Promise<void> | undefined;
  #lookAround: NodeJS.Timeout | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookAround = setInterval(() => {
      void this.#findLeftBehind();
    }, LOOK_AROUND_EVERY);
    this.#done = this.#run();
  }

  /** Records were committed: publish these streams. */
  wake(streams: Iterable<string>, records: number): void {
    for (const stream of streams) this.#streams.add(stream);
    this.#owed += records;
    this.#signal.raise();
  }

  /** Resolves when there is room for more: a publisher that cannot keep up slows down whoever commits. */
  async room(): Promise<void> {
    if (this.#owed > MOST_OWED) await this.#room.promise;
  }

  /** Sends what is left, as far as that goes without waiting for a broker that is away. */
  async stop(): Promise<void> {
    clearInterval(this.#lookAround);
    this.#stopping.abort();
    this.#signal.raise();
    this.#room.resolve(undefined);
    await this.#done;
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#streams.size === 0) {
        if (this.#stopping.signal.aborted) return;
        await this.#signal.wait();
        continue;
      }
      try {
        await this.#publishSome();
        this.#backoff.reset();
        this.#options.health(undefined);
      } catch (error) {
        this.#options.health(`events cannot leave: ${messageOf(error)}`);
        if (this.#stopping.signal.aborted) return;
        await this.#backoff.wait(this.#stopping.signal);
      }
    }
  }

  async #publishSome(): Promise<void> {
    const streams = [...this.#streams].slice(0, STREAMS_PER_CLAIM);
    // Before the claim: a stream that is woken while it is claimed may have more than the claim saw.
    for (const stream of streams) this.#streams.delete(stream);
    try {
      const { sent, complete, failure } = await inTransaction(this.#options.database, async (transaction) => {
        const { records, complete } = await claimOutbox(transaction, streams, CLAIM);
        const outcome = await this.#send(records);
        faultPoint('after-publish');
        if (outcome.acked.length > 0) await deleteOutbox(transaction, outcome.acked);
        for (const { id, reason } of outcome.refused) await parkOutbox(transaction, id, reason);
        return { sent: outcome.acked.length, complete, failure: outcome.failure };
      });
      if (!complete) this.#again(streams);
      this.#paid(sent);
      if (failure !== undefined) throw failure;
    } catch (error) {
      this.#again(streams);
      throw error;
    }
  }

  #again(streams: readonly string[]): void {
    for (const stream of streams) this.#streams.add(stream);
  }

  #paid(records: number): void {
    this.#owed = this.#streams.size === 0 ? 0 : Math.max(0, this.#owed - records);
    if (this.#owed > MOST_OWED) return;
    this.#room.resolve(undefined);
    this.#room = Promise.withResolvers();
  }

  /** One send per topic; a topic that fails does not hold the others. */
  async #send(records: readonly PendingRecord[]): Promise<Outcome> {
    const outcome: Outcome = { acked: [], refused: [], failure: undefined };
    const deadline = Date.now() + SENDING_TIME;
    const byChannel = Map.groupBy(records, (record) => record.channel);
    await Promise.all(
      [...byChannel].map(([channel, ofChannel]) =>
        this.#sendTo(this.#options.topicOf(channel), ofChannel, outcome, deadline).catch((error: unknown) => {
          outcome.failure ??= error;
        }),
      ),
    );
    return outcome;
  }

  /** Where the broker refuses, by halves and in order, until the record it will never take stands alone. */
  async #sendTo(topic: string, records: readonly PendingRecord[], outcome: Outcome, deadline: number): Promise<void> {
    if (Date.now() > deadline) throw new PublishError(`${topic}: no time left`, false, undefined);
    try {
      await this.#options.broker.publish(topic, records.map(stamped));
      for (const { id } of records) outcome.acked.push(id);
    } catch (error) {
      if (!(error instanceof PublishError && error.refused)) throw error;
      const [first] = records;
      if (records.length === 1 && first !== undefined) {
        this.#options.log.error({ topic, stream: first.stream, sequence: String(first.id) }, error.message);
        outcome.refused.push({ id: first.id, reason: error.message });
        return;
      }
      const half = Math.ceil(records.length / 2);
      await this.#sendTo(topic, records.slice(0, half), outcome, deadline);
      await this.#sendTo(topic, records.slice(half), outcome, deadline);
    }
  }

  async #findLeftBehind(): Promise<void> {
    try {
      const streams = await leftBehind(this.#options.database, LEFT_BEHIND_AFTER);
      if (streams.length > 0) this.wake(streams, 0);
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, 'could not look for records left behind');
    }
  }
}

interface Outcome {
  readonly acked: bigint[];
  readonly refused: { readonly id: bigint; readonly reason: string }[];
  failure: unknown;
}

/** The headers that are known only now, per channel: the contract says which messages carry them. */
const stamps = new Map(
  channels.map((channel) => {
    const headers: readonly string[] = channel.headers;
    return [channel.name as string, { id: headers.includes('MESSAGE_ID'), sequence: headers.includes('SEQUENCE') }];
  }),
);

function stamped({ channel, id, messageId, record }: PendingRecord): ProducedRecord {
  const stamp = stamps.get(channel);
  return {
    ...record,
    headers: {
      ...record.headers,
      ...(stamp?.id === true && { MESSAGE_ID: messageId }),
      ...(stamp?.sequence === true && { SEQUENCE: String(id) }),
    },
  };
}
