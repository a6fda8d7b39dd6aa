import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { InvariantError } from '../invariant.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Impact } from '../readiness.ts';
import type { ReferenceServiceError } from '../reference/source.ts';
import { failureOf } from '../store/database-error.ts';
import type { Broker, GroupMembership } from '../transport/broker.ts';
import { Backoff, messageOf, Signal } from '../waiting.ts';
import { applyBatch } from './batch.ts';
import type { Applied, BatchContext } from './batch.ts';
import { sharesOf } from './batch-share.ts';
import type { BatchShare } from './batch-share.ts';
import { BlockedLanes } from './blocked-lanes.ts';
import { reportThrottle } from './fetch-throttle.ts';
import { Fetching } from './fetching.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { report } from './report.ts';
import { applyBySplitting } from './split.ts';
import type { BatchWork } from './split.ts';
import type { StartOffsets } from './start-offsets.ts';
import type { KafkaStart } from './start.ts';

/** Larger units of work are not faster and hold their locks longer. */
const MAX_BATCH_RECORDS = 1_000;
/** A busy channel is checked for room this often. */
const ROOM_CHECK_INTERVAL_MS = 20;
/** The offset rows are checked this often: the operator may have moved one that no record comes for. */
const ROW_CHECK_INTERVAL_MS = 3_000;
/** Rows are moved over transaction markers that no record follows this often. */
const MARKERS_INTERVAL_MS = 1_000;
/** Offsets are committed to Kafka this often. Only Kafka's tools read them. */
const COMMIT_INTERVAL_MS = 5_000;

/** What readiness reports of it: group membership, fetches, start offsets, units of work, facts of other services. */
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

/** Applies what the group reads: takes records from lanes through units of work to the publisher. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #lanes: Lanes;
  readonly #fetching: Fetching;
  readonly #blocked: BlockedLanes;
  readonly #arrival = new Signal();
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #membership: GroupMembership | undefined;
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
      unitEnded: () => this.#running,
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
      vanished: (topic) => this.#lanes.topicMissing(topic),
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
    this.#lanes.join(this.#membership);
    health('fetches', undefined);
    health('batches', undefined);
    health('references', undefined);
    this.#commits = setInterval(() => {
      void this.#commit();
    }, COMMIT_INTERVAL_MS);
    this.#done = this.#run();
  }

  /** Lets the running unit of work finish. */
  async drain(): Promise<void> {
    clearInterval(this.#commits);
    this.#stopping.abort();
    this.#arrival.raise();
    await this.#done;
    // While nothing is read, retention may delete the markers.
    await this.#moveOverMarkers();
  }

  /** Commits to Kafka how far the group came, and leaves it. */
  async leave(): Promise<void> {
    await this.#commit();
    await this.#membership?.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let rowsCheckedAt = Date.now(), markersMovedAt = Date.now(); ;) {
      if (Date.now() - rowsCheckedAt >= ROW_CHECK_INTERVAL_MS) {
        await this.#lanes.checkRows();
        rowsCheckedAt = Date.now();
      }
      if (Date.now() - markersMovedAt >= MARKERS_INTERVAL_MS) {
        await this.#moveOverMarkers();
        markersMovedAt = Date.now();
      }
      while (this.#options.publisher.isBusy() && !signal.aborted) await sleep(ROOM_CHECK_INTERVAL_MS);
      if (signal.aborted) return;
      this.#prefetch();
      await this.#retryBlocked();
      const free = this.#lanes.all.filter((lane) => !this.#blocked.has(lane));
      const batch = sharesOf(free, MAX_BATCH_RECORDS);
      if (batch.length === 0) {
        await this.#arrival.wait(Math.min(MARKERS_INTERVAL_MS, this.#blocked.nextRetryMs));
        continue;
      }
      this.#running = this.#apply(batch, true);
      await this.#running;
    }
  }

  async #moveOverMarkers(): Promise<void> {
    const moving = this.#lanes.moveOverMarkers();
    // A new assignment reads the rows once they are written.
    this.#running = moving.then(() => undefined);
    for (const lane of await moving) this.#uncommitted.add(lane);
  }

  /** A failure here is a bug and no outage: the rule of a record asks for its facts again. */
  #prefetch(): void {
    try {
      this.#fetching.start(this.#lanes.all);
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, 'failed to prefetch what records need');
    }
  }

  /** Tries the first records of blocked lanes, apart from the others: what fails there must not halve their batch. */
  async #retryBlocked(): Promise<void> {
    this.#blocked.prune(this.#lanes.all);
    const batch = this.#blocked.due;
    if (batch.length === 0) return;
    const started = performance.now();
    this.#running = this.#apply(batch, false);
    await this.#running;
    this.#blocked.prune(this.#lanes.all);
    this.#blocked.retried(performance.now() - started);
  }

  /**
   * Runs one unit of work. If the database is away, waits and leaves everything as it was.
   *
   * @param wait whether to wait for owners that another session holds.
   */
  async #apply(batch: readonly BatchShare[], wait: boolean): Promise<void> {
    const { assignment } = this.#lanes;
    if (assignment === undefined) throw new InvariantError('a lane without an assignment');
    const work: BatchWork = {
      apply: (some, mayWait) => this.#measured(some, mayWait),
      settle: (applied) => this.#settle(applied, assignment),
      block: (lane, queued, error) => {
        this.#blocked.block({ lane, queued, error });
      },
    };
    try {
      await applyBySplitting(batch, work, wait);
      this.#backoff.reset();
      this.#options.health('batches', this.#blocked.report());
    } catch (error) {
      this.#options.health('batches', ...failureOf('BATCH_NOT_APPLIED', 'Failed to apply a batch', error));
      await this.#backoff.wait(this.#stopping.signal);
    }
  }

  async #measured(batch: readonly BatchShare[], wait: boolean): Promise<Applied> {
    const end = metrics.batchSeconds.startTimer();
    // A try that does not wait finds out again which owners are held.
    const applied = await applyBatch(this.#options, batch, { wait, held: wait ? this.#blocked.owners : [] });
    end();
    metrics.batchRecords.observe(applied.progress.reduce((sum, { outcomes }) => sum + outcomes.length, 0));
    return applied;
  }

  async #settle(applied: Applied, assignment: StartOffsets): Promise<void> {
    const { progress, fenced, blocked, committed } = applied;
    await faultPoint('after-commit', committed.length);
    for (const { lane, outcomes, next, lastApplied } of progress) {
      lane.applied(outcomes.length, next, lastApplied);
      this.#uncommitted.add(lane);
      this.#lanes.applied(lane);
    }
    for (const obstacle of blocked) this.#blocked.block(obstacle);
    this.#options.publisher.publish(committed);
    this.#report(applied);
    if (fenced.length > 0 && assignment === this.#lanes.assignment) {
      await this.#lanes.reopenMoved(fenced, assignment);
    }
  }

  /** What is committed stays so if counting and logging it fails. */
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
      if (this.#membership === undefined) throw new InvariantError('a lane without a subscription');
      await this.#membership.commit(
        lanes.map(({ topic, partition, expected }) => ({ topic, partition, next: expected })),
      );
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, 'failed to commit offsets to Kafka; the database has them');
    }
  }
}
