import { once } from 'node:events';
import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import type { PendingRecord } from '../store/outbox.ts';
import type { Assignment, Broker, BrokerRecord, Consumer as Membership } from '../transport/broker.ts';
import { Backoff, messageOf, Signal } from '../waiting.ts';
import { applyBatch } from './batch.ts';
import type { Applied, BatchContext } from './batch.ts';
import { Lane, share } from './lane.ts';
import type { Part } from './lane.ts';
import { report } from './report.ts';
import { applyBySplitting } from './split.ts';
import { findStarts } from './start.ts';
import type { KafkaStart } from './start.ts';

/** Most records in one unit of work. Larger ones are not faster and hold their locks longer. */
const BATCH = 1_000;
/** A partition that must not be read is looked at again this often, in milliseconds: the operator may have mended it. */
const LOOK_AGAIN_AFTER = 5_000;
/** Kafka's own offsets are for its tools to look at: committed this often, in milliseconds. */
const COMMIT_EVERY = 5_000;

/** What the consumer reports on: its place in the group, where its partitions start, what it applies. */
export const CONSUMER_PARTS = ['consumer', 'offsets', 'batches'] as const;
export type ConsumerPart = (typeof CONSUMER_PARTS)[number];

/** Where committed records go: the publisher. */
export interface Outlet {
  publish(records: readonly PendingRecord[]): void;
  /** Resolves when it can take more. */
  room(): Promise<void>;
}

export interface ConsumerOptions extends BatchContext {
  readonly broker: Broker;
  readonly outlet: Outlet;
  readonly start: KafkaStart | undefined;
  /** Told why a part of the consumer is not at work, or undefined when it is. */
  health(part: ConsumerPart, reason: string | undefined): void;
  readonly log: Logger;
}

/** The way of every record: from its lane through a unit of work to the publisher. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #arrival = new Signal();
  readonly #stopping = new AbortController();
  readonly #stopped = once(this.#stopping.signal, 'abort');
  readonly #backoff = new Backoff();
  /** Rises with every assignment: what belongs to an older one is void. */
  #epoch = 0;
  #membership: Membership | undefined;
  /** The unit of work that runs now. */
  #running: Promise<void> = Promise.resolve();
  #done: Promise<void> | undefined;
  #commits: NodeJS.Timeout | undefined;
  #uncommitted = new Set<Lane>();

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { broker, group, handlers, health } = this.#options;
    this.#membership = await broker.subscribe({
      groupId: group,
      topics: [...handlers.keys()],
      assigned: (partitions) => this.#assigned(partitions),
      rebalancing: () => {
        void this.#commit();
      },
      records: (topic, partition, records) => {
        this.#take(topic, partition, records);
      },
      health: (reason) => {
        health('consumer', reason);
      },
    });
    this.#commits = setInterval(() => {
      void this.#commit();
    }, COMMIT_EVERY);
    this.#done = this.#run();
  }

  /** Lets the running unit of work finish. */
  async drain(): Promise<void> {
    clearInterval(this.#commits);
    this.#stopping.abort();
    this.#arrival.raise();
    await this.#done;
  }

  /** Tells Kafka how far the group came, and leaves it. */
  async leave(): Promise<void> {
    await this.#commit();
    await this.#membership?.stop();
  }

  async #run(): Promise<void> {
    for (;;) {
      await Promise.race([this.#options.outlet.room(), this.#stopped]);
      if (this.#stopping.signal.aborted) return;
      const parts = share([...this.#lanes.values()], BATCH);
      if (parts.length === 0) {
        await this.#arrival.wait();
        continue;
      }
      this.#running = this.#apply(parts);
      await this.#running;
    }
  }

  /** One unit of work; waits and leaves everything as it was where the database is away. */
  async #apply(parts: readonly Part[]): Promise<void> {
    const epoch = this.#epoch;
    try {
      await applyBySplitting(
        parts,
        (some) => this.#measured(some),
        (applied) => this.#settle(applied, epoch),
      );
      this.#backoff.reset();
      this.#options.health('batches', undefined);
    } catch (error) {
      this.#options.health(
        'batches',
        sentence('BATCH_NOT_APPLIED', `What was consumed cannot be applied: ${messageOf(error)}`),
      );
      await this.#backoff.wait(this.#stopping.signal);
    }
  }

  async #measured(parts: readonly Part[]): Promise<Applied> {
    const end = metrics.batchSeconds.startTimer();
    const applied = await applyBatch(this.#options, parts);
    end();
    metrics.batchRecords.observe(applied.progress.reduce((sum, { outcomes }) => sum + outcomes.length, 0));
    return applied;
  }

  async #settle(applied: Applied, epoch: number): Promise<void> {
    faultPoint('after-commit');
    const { progress, fenced, told } = applied;
    for (const { lane, outcomes, next } of progress) {
      lane.drop(outcomes.length);
      lane.expected = next;
      this.#uncommitted.add(lane);
      if (epoch === this.#epoch) this.#tide(lane);
    }
    this.#options.outlet.publish(told);
    report(this.#options.log, applied);
    if (fenced.length > 0 && epoch === this.#epoch) {
      this.#options.log.warn(
        { lanes: fenced.map(nameOf) },
        'offset rows were moved by someone else: reading them again',
      );
      for (const lane of fenced) {
        this.#membership?.pause(lane);
        this.#lanes.delete(nameOf(lane));
      }
      await this.#place(fenced, epoch);
    }
  }

  #take(topic: string, partition: number, records: readonly BrokerRecord[]): void {
    const lane = this.#lanes.get(nameOf({ topic, partition }));
    if (lane === undefined) return;
    lane.push(records);
    this.#tide(lane);
    this.#arrival.raise();
  }

  #tide(lane: Lane): void {
    const turn = lane.turnOfTide();
    if (turn !== undefined) this.#membership?.[turn](lane);
  }

  /** A new epoch: no lane of the old one is used again. */
  async #assigned(partitions: readonly Assignment[]): Promise<void> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#lanes.clear();
    // The rows are read after the unit of work that may still be writing them.
    await this.#running;
    await this.#place(partitions, epoch);
    this.#options.log.info({ partitions: partitions.map(nameOf) }, 'partitions assigned');
  }

  /** Reads where the partitions start, and lets them flow from there; those that must not stay paused. */
  async #place(partitions: readonly Assignment[], epoch: number): Promise<void> {
    const backoff = new Backoff();
    while (epoch === this.#epoch && !this.#stopping.signal.aborted) {
      try {
        const starts = await findStarts(this.#options, partitions);
        // A newer assignment came while the rows were read.
        if (this.#isOver(epoch)) return;
        for (const start of starts) if ('next' in start) this.#open(start, start.next);
        const troubled = starts.filter((start) => 'problem' in start);
        const problems = troubled.map((start) => `${nameOf(start)}: ${start.problem}`);
        this.#options.health('offsets', problems.length === 0 ? undefined : problems.join('; '));
        if (troubled.length > 0) {
          setTimeout(() => {
            void this.#place(troubled, epoch);
          }, LOOK_AGAIN_AFTER).unref();
        }
        return;
      } catch (error) {
        this.#options.health(
          'offsets',
          sentence('OFFSETS_UNREADABLE', `It cannot be read where to start: ${messageOf(error)}`),
        );
        await backoff.wait(this.#stopping.signal);
      }
    }
  }

  #isOver(epoch: number): boolean {
    return epoch !== this.#epoch;
  }

  #open(place: Assignment, next: bigint): void {
    this.#lanes.set(nameOf(place), new Lane(place.topic, place.partition, next));
    this.#membership?.seek(place, next);
    this.#membership?.resume(place);
  }

  async #commit(): Promise<void> {
    const lanes = [...this.#uncommitted].filter((lane) => this.#lanes.get(nameOf(lane)) === lane);
    this.#uncommitted.clear();
    if (lanes.length === 0) return;
    try {
      await this.#membership?.commit(
        lanes.map(({ topic, partition, expected }) => ({ topic, partition, next: expected })),
      );
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, 'offsets not committed to Kafka; the database has them');
    }
  }
}

function nameOf({ topic, partition }: Assignment): string {
  return `${topic}/${String(partition)}`;
}
