import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { faultPoint } from '../faults.ts';
import { metrics } from '../metrics.ts';
import { readOffsets } from '../store/offsets.ts';
import type { PendingRecord } from '../store/outbox.ts';
import type { Assignment, Broker, BrokerRecord, Consumer as Membership } from '../transport/broker.ts';
import { Backoff, messageOf, Signal } from '../waiting.ts';
import { applyBatch } from './batch.ts';
import type { Applied, BatchContext } from './batch.ts';
import { Lane, share } from './lane.ts';
import type { Finding, Part } from './lane.ts';
import { Placement } from './placement.ts';
import { report } from './report.ts';
import { applyBySplitting } from './split.ts';
import { nameOf, recreated } from './start.ts';
import type { KafkaStart, Place } from './start.ts';

/** Most records in one unit of work. Larger ones are not faster and hold their locks longer. */
const BATCH = 1_000;
/** Milliseconds between two looks whether a full outlet has room, or a full lane is empty. */
const LOOK_FOR_ROOM = 20;
/** After so many milliseconds without a record the rows are looked at: the operator may have moved one. */
const LOOK_AT_ROWS_AFTER = 3_000;
/** Kafka's own offsets are for its tools to look at: committed this often, in milliseconds. */
const COMMIT_EVERY = 5_000;

/** What the consumer reports on: its place in the group, where its partitions start, what it applies. */
export const CONSUMER_PARTS = ['consumer', 'offsets', 'batches'] as const;
export type ConsumerPart = (typeof CONSUMER_PARTS)[number];

/** Where committed records go: the publisher. */
export interface Outlet {
  publish(records: readonly PendingRecord[]): void;
  /** Whether it cannot take more for now. */
  isFull(): boolean;
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
  readonly #backoff = new Backoff();
  /** Of the newest assignment: what belongs to an older one is void. */
  #placement: Placement | undefined;
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
      const { signal } = this.#stopping;
      while (this.#options.outlet.isFull() && !signal.aborted) await sleep(LOOK_FOR_ROOM);
      if (signal.aborted) return;
      const parts = share([...this.#lanes.values()], BATCH);
      if (parts.length === 0) {
        if (!(await this.#arrival.wait(LOOK_AT_ROWS_AFTER))) await this.#lookAtRows();
        continue;
      }
      this.#running = this.#apply(parts);
      await this.#running;
    }
  }

  /** One unit of work; waits and leaves everything as it was where the database is away. */
  async #apply(parts: readonly Part[]): Promise<void> {
    const placement = this.#placement;
    try {
      await applyBySplitting(
        parts,
        (some) => this.#measured(some),
        (applied) => this.#settle(applied, placement),
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

  async #settle(applied: Applied, placement: Placement | undefined): Promise<void> {
    faultPoint('after-commit');
    const { progress, fenced, told } = applied;
    const isOver = placement !== this.#placement;
    for (const { lane, outcomes, next } of progress) {
      lane.drop(outcomes.length);
      lane.expected = next;
      this.#uncommitted.add(lane);
      if (!isOver) this.#tide(lane);
    }
    this.#options.outlet.publish(told);
    report(this.#options.log, applied);
    if (fenced.length > 0 && !isOver) await this.#placeAnew(fenced, placement);
  }

  /** Under load a unit of work finds a row that was moved; without, nobody else would. */
  async #lookAtRows(): Promise<void> {
    const { database, group, log } = this.#options;
    const placement = this.#placement;
    try {
      const rows = new Map((await readOffsets(database, group)).map((row) => [nameOf(row), row.next]));
      const moved = [...this.#lanes.values()].filter((lane) => rows.get(nameOf(lane)) !== lane.expected);
      if (moved.length === 0 || placement !== this.#placement) return;
      await this.#placeAnew(moved, placement);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the offset rows could not be looked at');
    }
  }

  async #placeAnew(lanes: readonly Lane[], placement: Placement | undefined): Promise<void> {
    this.#options.log.warn({ lanes: lanes.map(nameOf) }, 'offset rows were moved by someone else: reading them again');
    for (const lane of lanes) this.#close(lane);
    await placement?.place(lanes);
  }

  #take(topic: string, partition: number, records: readonly BrokerRecord[]): void {
    const lane = this.#lanes.get(nameOf({ topic, partition }));
    if (lane === undefined) return;
    const finding = lane.push(records);
    if (finding !== undefined) {
      void this.#examine(lane, records, finding, this.#placement);
      return;
    }
    this.#tide(lane);
    this.#arrival.raise();
  }

  /** What is strange about records is looked at while their partition is paused. */
  async #examine(
    lane: Lane,
    records: readonly BrokerRecord[],
    finding: Finding,
    placement: Placement | undefined,
  ): Promise<void> {
    this.#membership?.pause(lane);
    if (finding.kind === 'other log') {
      const { last, found } = finding;
      this.#close(lane);
      placement?.refuse(
        { topic: lane.topic, partition: lane.partition, next: lane.expected, last },
        recreated(last, found),
      );
      return;
    }
    if (finding.kind === 'gap' && (await this.#isInLog(lane, finding.from, placement))) {
      if (placement !== this.#placement) return;
      if (lane.push(records, true) === undefined) {
        this.#arrival.raise();
        this.#membership?.resume(lane);
        return;
      }
      // Others came in between: they are read once more, in order.
    }
    // What waits was read while it was there, and can be read no more: it is applied before the place is settled anew.
    while (lane.waiting > 0 && placement === this.#placement && !this.#stopping.signal.aborted)
      await sleep(LOOK_FOR_ROOM);
    if (placement !== this.#placement) return;
    this.#close(lane);
    await this.#running;
    await placement?.place([lane]);
  }

  /** Whether the log still has this offset, or a gap there; asks until it is told. */
  async #isInLog({ topic, partition }: Lane, offset: bigint, placement: Placement | undefined): Promise<boolean> {
    const backoff = new Backoff();
    while (placement === this.#placement && !this.#stopping.signal.aborted) {
      try {
        const bounds = await this.#options.broker.bounds(topic);
        return (bounds.get(partition)?.low ?? 0n) <= offset;
      } catch (error) {
        this.#options.log.debug({ error: messageOf(error) }, 'the bounds of a log could not be read');
        await backoff.wait(this.#stopping.signal);
      }
    }
    return false;
  }

  #tide(lane: Lane): void {
    const turn = lane.turnOfTide();
    if (turn !== undefined) this.#membership?.[turn](lane);
  }

  /** A new assignment: no lane of the old one is used again. */
  async #assigned(partitions: readonly Assignment[]): Promise<void> {
    this.#placement?.end();
    const placement = new Placement({
      ...this.#options,
      open: (place) => {
        this.#open(place);
      },
      health: (reason) => {
        this.#options.health('offsets', reason);
      },
      stop: this.#stopping.signal,
    });
    this.#placement = placement;
    this.#lanes.clear();
    // The rows are read after the unit of work that may still be writing them.
    await this.#running;
    await placement.place(partitions);
    this.#options.log.info({ partitions: partitions.map(nameOf) }, 'partitions assigned');
  }

  #open(place: Place): void {
    const lane = new Lane(place);
    this.#lanes.set(nameOf(place), lane);
    this.#membership?.seek(place, lane.from);
    this.#membership?.resume(place);
  }

  /** Takes nothing more of it; what waits is forgotten. */
  #close(lane: Lane): void {
    this.#membership?.pause(lane);
    this.#lanes.delete(nameOf(lane));
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
