import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Impact } from '../readiness.ts';
import type { ReferenceServiceError } from '../reference/source.ts';
import { failureOf } from '../store/database-error.ts';
import type { Broker, Consumer as Membership } from '../transport/broker.ts';
import { Backoff, messageOf, Signal } from '../waiting.ts';
import { applyBatch } from './batch.ts';
import type { Applied, BatchContext } from './batch.ts';
import { BlockedLanes } from './blocked-lanes.ts';
import { reportThrottle } from './fetch-throttle.ts';
import { Fetching } from './fetching.ts';
import { share } from './lane.ts';
import type { Lane, BatchShare } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { Placement } from './placement.ts';
import { report } from './report.ts';
import { applyBySplitting } from './split.ts';
import type { UnitOfWork } from './split.ts';
import type { KafkaStart } from './start.ts';

/** Most records in one unit of work. Larger ones are not faster and hold their locks longer. */
const BATCH = 1_000;
/** Milliseconds between two looks whether a busy channel has room. */
const LOOK_FOR_ROOM = 20;
/** The rows are looked at this often, in milliseconds: the operator may have moved one that no record comes for. */
const LOOK_AT_ROWS_EVERY = 3_000;
/** Rows are moved over transaction markers that no record follows this often, in milliseconds. */
const PASS_MARKERS_INTERVAL_MS = 1_000;
/** Kafka's own offsets are for its tools to look at: committed this often, in milliseconds. */
const COMMIT_EVERY = 5_000;

/** The components of the consumer: its group membership, its fetches, its start offsets, its units of work, the facts it asks for. */
export const CONSUMER_COMPONENTS = {
  consumer: 'not ready',
  fetches: 'degraded',
  offsets: 'not ready',
  batches: 'degraded',
  references: 'degraded',
} as const satisfies Record<string, Impact>;
export type ConsumerComponent = keyof typeof CONSUMER_COMPONENTS;

export interface ConsumerOptions extends BatchContext {
  readonly broker: Broker;
  readonly publisher: PublisherPort;
  readonly start: KafkaStart | undefined;
  /** Returns the outage that one of the services behind `references` is in. */
  outage(): ReferenceServiceError | undefined;
  /** Takes why a component of the consumer does not work, or undefined when it does. @returns whether it was logged. */
  health(component: ConsumerComponent, reason: string | undefined, cause?: unknown): boolean;
  readonly log: Logger;
}

/** The way of every record: from its lane through a unit of work to the publisher. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #lanes: Lanes;
  readonly #fetching: Fetching;
  readonly #blocked: BlockedLanes;
  readonly #arrival = new Signal();
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #membership: Membership | undefined;
  /** The unit of work that runs now. */
  #running: Promise<void> = Promise.resolve();
  #done: Promise<void> | undefined;
  #commits: NodeJS.Timeout | undefined;
  #uncommitted = new Set<Lane>();

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#blocked = new BlockedLanes(options.log, (channel) => options.publisher.isFull(channel));
    this.#lanes = new Lanes({
      ...options,
      health: (reason, cause) => options.health('offsets', reason, cause),
      arrived: () => {
        this.#arrival.raise();
      },
      settled: () => this.#running,
      stop: this.#stopping.signal,
    });
    this.#fetching = new Fetching({
      ...options,
      health: (reason, cause) => {
        options.health('references', reason, cause);
      },
      arrived: () => {
        this.#arrival.raise();
      },
      has: (lane) => this.#lanes.has(lane),
      stop: this.#stopping.signal,
    });
  }

  async start(): Promise<void> {
    const { broker, group, handlers, health } = this.#options;
    this.#membership = await broker.subscribe({
      groupId: group,
      topics: [...handlers.keys()],
      from: 'earliest',
      assigned: (partitions) => this.#lanes.assigned(partitions),
      vanished: (topic) => this.#lanes.vanished(topic),
      rebalancing: () => {
        void this.#commit();
      },
      fetched: (topic, partition, fetched) => {
        this.#lanes.take(topic, partition, fetched);
      },
      throttled: reportThrottle((reason) => {
        health('fetches', reason);
      }),
      health: (reason, cause) => {
        health('consumer', reason, cause);
      },
    });
    this.#lanes.steer(this.#membership);
    health('fetches', undefined);
    health('batches', undefined);
    health('references', undefined);
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
    // While nobody reads, retention may delete the markers.
    await this.#passMarkers();
  }

  /** Tells Kafka how far the group came, and leaves it. */
  async leave(): Promise<void> {
    await this.#commit();
    await this.#membership?.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let looked = Date.now(), passed = Date.now(); ;) {
      if (Date.now() - looked >= LOOK_AT_ROWS_EVERY) {
        await this.#lanes.lookAtRows();
        looked = Date.now();
      }
      if (Date.now() - passed >= PASS_MARKERS_INTERVAL_MS) {
        await this.#passMarkers();
        passed = Date.now();
      }
      while (this.#options.publisher.isBusy() && !signal.aborted) await sleep(LOOK_FOR_ROOM);
      if (signal.aborted) return;
      this.#prefetch();
      await this.#retryBlocked();
      const free = this.#lanes.all.filter((lane) => !this.#blocked.has(lane));
      const parts = share(free, BATCH);
      if (parts.length === 0) {
        await this.#arrival.wait(Math.min(PASS_MARKERS_INTERVAL_MS, this.#blocked.nextRetryMs));
        continue;
      }
      this.#running = this.#apply(parts, true);
      await this.#running;
    }
  }

  async #passMarkers(): Promise<void> {
    const passing = this.#lanes.passMarkers();
    // A new assignment reads the rows once they are written.
    this.#running = passing.then(() => undefined);
    for (const lane of await passing) this.#uncommitted.add(lane);
  }

  /** A failure here is a bug and no outage: what a record needs is asked again when its turn comes. */
  #prefetch(): void {
    try {
      this.#fetching.look(this.#lanes.all);
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, 'failed to prefetch what records need');
    }
  }

  /** Tries the first records of blocked lanes, apart from the others: what fails there must not halve their batch. */
  async #retryBlocked(): Promise<void> {
    this.#blocked.prune(this.#lanes.all);
    const parts = this.#blocked.due;
    if (parts.length === 0) return;
    const started = performance.now();
    this.#running = this.#apply(parts, false);
    await this.#running;
    this.#blocked.prune(this.#lanes.all);
    this.#blocked.retried(performance.now() - started);
  }

  /**
   * One unit of work; waits and leaves everything as it was where the database is away.
   *
   * @param wait whether to wait for owners that another session holds.
   */
  async #apply(parts: readonly BatchShare[], wait: boolean): Promise<void> {
    const { assignment } = this.#lanes;
    const work: UnitOfWork = {
      apply: (some, mayWait) => this.#measured(some, mayWait),
      settle: (applied) => this.#settle(applied, assignment),
      block: (lane, entry, error) => {
        this.#blocked.block({ lane, entry, error });
      },
    };
    try {
      await applyBySplitting(parts, work, wait);
      this.#backoff.reset();
      this.#options.health('batches', this.#blocked.report());
    } catch (error) {
      this.#options.health('batches', ...failureOf('BATCH_NOT_APPLIED', 'What was consumed cannot be applied', error));
      await this.#backoff.wait(this.#stopping.signal);
    }
  }

  async #measured(parts: readonly BatchShare[], wait: boolean): Promise<Applied> {
    const end = metrics.batchSeconds.startTimer();
    // In a try without waiting it is found out again who is held.
    const applied = await applyBatch(this.#options, parts, { wait, held: wait ? this.#blocked.owners : [] });
    end();
    metrics.batchRecords.observe(applied.progress.reduce((sum, { outcomes }) => sum + outcomes.length, 0));
    return applied;
  }

  async #settle(applied: Applied, assignment: Placement | undefined): Promise<void> {
    const { progress, fenced, blocked, committed } = applied;
    await faultPoint('after-commit', committed.length);
    const isOver = assignment !== this.#lanes.assignment;
    for (const { lane, outcomes, next, lastApplied } of progress) {
      lane.drop(outcomes.length);
      lane.expected = next;
      lane.lastApplied = lastApplied;
      this.#uncommitted.add(lane);
      if (this.#lanes.has(lane)) this.#lanes.applied(lane);
    }
    for (const obstacle of blocked) this.#blocked.block(obstacle);
    this.#options.publisher.publish(committed);
    this.#report(applied);
    if (fenced.length > 0 && !isOver) await this.#lanes.placeAnew(fenced, assignment);
  }

  /** What is committed stays so, whatever happens to its report. */
  #report(applied: Applied): void {
    try {
      report(this.#options.log, applied);
    } catch (error) {
      const what = 'Failed to count and log what was applied';
      this.#options.log.warn({ error: messageOf(error) }, sentence('RESULT_NOT_LOGGED', what));
    }
  }

  async #commit(): Promise<void> {
    const lanes = [...this.#uncommitted].filter((lane) => this.#lanes.has(lane));
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
