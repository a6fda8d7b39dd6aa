import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '../errors.ts';
import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { passOffsets, readOffsets } from '../store/offsets.ts';
import type { Assignment, Broker, Consumer as Membership, Fetched } from '../transport/broker.ts';
import { Backoff, messageOf } from '../waiting.ts';
import { Lane } from './lane.ts';
import type { Finding } from './lane.ts';
import { Placement } from './placement.ts';
import { recreated, unreadable } from './start.ts';
import type { StartPosition, StartContext } from './start.ts';
import { VanishedTopics } from './vanished-topics.ts';

/** Milliseconds between two looks whether a lane is empty. */
const LOOK_AGAIN = 20;

export interface LanesOptions extends StartContext {
  readonly broker: Broker;
  /** Takes why partitions must not be read, or undefined when all may. @returns whether it was logged. */
  health(reason: string | undefined, cause?: unknown): boolean;
  /** Told when a lane has something waiting. */
  arrived(): void;
  /** Resolves when the unit of work that runs now has ended. */
  settled(): Promise<void>;
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/**
 * The lanes of the partitions that are assigned now: opened where their rows say, placed anew when a row was moved,
 * examined when a log is not what it should be.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #vanished: VanishedTopics;
  #placement: Placement | undefined;
  #membership: Membership | undefined;
  #loggedPartitions: string | undefined;
  /** Partitions of which it was logged that they must not be read, until something of them is applied. */
  readonly #loggedTroubles = new Set<string>();

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#vanished = new VanishedTopics(options, options.stop, options.log);
  }

  /** A topic does not exist; its rows may not fit the next one of its name. */
  vanished(topic: string): Promise<void> {
    return this.#vanished.note(topic);
  }

  /** Told once where to pause, resume and seek. */
  steer(membership: Membership): void {
    this.#membership = membership;
  }

  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** The assignment that counts now: what belongs to an older one is void. */
  get assignment(): Placement | undefined {
    return this.#placement;
  }

  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean {
    return this.#lanes.get(partitionKey(lane)) === lane;
  }

  /** A unit of work finds a moved row of a lane that has records; nobody else finds the others. */
  async lookAtRows(): Promise<void> {
    const { database, group, log } = this.#options;
    const placement = this.#placement;
    try {
      const rows = new Map((await readOffsets(database, group)).map((row) => [partitionKey(row), row.next]));
      const moved = [...this.#lanes.values()].filter((lane) => rows.get(partitionKey(lane)) !== lane.expected);
      if (moved.length === 0 || placement !== this.#placement) return;
      await this.placeAnew(moved, placement);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the offset rows could not be looked at');
    }
  }

  /**
   * Moves the rows of lanes over the markers of transactions that no record has followed yet. @returns these lanes. What
   * fails is tried again with the next call.
   */
  async passMarkers(): Promise<readonly Lane[]> {
    const passed = this.all.filter((lane) => lane.hasPassed);
    if (passed.length === 0) return [];
    const { database, group, log } = this.#options;
    const rows = passed.map((lane) => {
      const { topic, partition, expected } = lane;
      return { topic, partition, expected, next: lane.nextAfter(0) };
    });
    try {
      const moved = new Map((await passOffsets(database, group, rows)).map((row) => [partitionKey(row), row.next]));
      return passed.filter((lane) => {
        lane.expected = moved.get(partitionKey(lane)) ?? lane.expected;
        return moved.has(partitionKey(lane));
      });
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'failed to move offset rows over transaction markers');
      return [];
    }
  }

  async placeAnew(lanes: readonly Lane[], placement: Placement | undefined): Promise<void> {
    const what = 'Offset rows were moved by somebody else: reading them again';
    this.#options.log.warn({ lanes: lanes.map(partitionKey) }, sentence('OFFSETS_MOVED', what));
    for (const lane of lanes) this.#close(lane);
    await placement?.place(lanes);
  }

  take(topic: string, partition: number, fetched: Fetched): void {
    const lane = this.#lanes.get(partitionKey({ topic, partition }));
    if (lane === undefined || lane.isHeld) return;
    const finding = lane.push(fetched);
    if (finding !== undefined) void this.#examine(lane, fetched, finding);
    else this.tide(lane);
    if (lane.waiting > 0) this.#options.arrived();
  }

  /** What is strange about a fetch is looked at while its partition is paused. */
  async #examine(lane: Lane, fetched: Fetched, finding: Finding): Promise<void> {
    switch (finding.kind) {
      case 'other log':
        this.#refuse(lane, recreated(finding.last, finding.found));
        return;
      case 'damage':
        // Reading goes on at the damaged batch, and finds it again.
        if (lane.isConfirmed(finding)) await this.#stopBefore(lane, unreadable(finding.damage));
        else this.tide(lane);
        return;
      case 'gap':
        if (!lane.isConfirmed(finding)) this.#membership?.seek(lane, lane.from);
        else await this.#passGap(lane, fetched, finding.from);
        return;
      case 'below':
        this.#hold(lane);
        await this.#placeWhenApplied(lane);
    }
  }

  /** What was read before the damaged batch is applied, then nothing more is read. */
  async #stopBefore(lane: Lane, problem: string): Promise<void> {
    this.#hold(lane);
    metrics.unreadableBatches.inc({ topic: lane.topic });
    if (await this.#isApplied(lane)) this.#refuse(lane, problem);
  }

  async #passGap(lane: Lane, fetched: Fetched, from: bigint): Promise<void> {
    this.#hold(lane);
    if (await this.#isInLog(lane, from)) {
      if (!this.has(lane)) return;
      const finding = lane.push(fetched, true);
      if (finding === undefined || finding.kind === 'damage') {
        lane.isHeld = false;
        this.#membership?.seek(lane, lane.from);
        if (!lane.isFull) this.#membership?.resume(lane);
        this.tide(lane);
        this.#options.arrived();
        return;
      }
    }
    await this.#placeWhenApplied(lane);
  }

  /** What waits was read while it was there, and can be read no more: it is applied before the place is settled anew. */
  async #placeWhenApplied(lane: Lane): Promise<void> {
    if (!(await this.#isApplied(lane))) return;
    const placement = this.#placement;
    this.#close(lane);
    await this.#options.settled();
    await placement?.place([lane]);
  }

  /** Waits until nothing of the lane waits any more. @returns whether it is still the lane of its partition. */
  async #isApplied(lane: Lane): Promise<boolean> {
    while (lane.waiting > 0 && this.has(lane) && !this.#options.stop.aborted) await sleep(LOOK_AGAIN);
    return this.has(lane);
  }

  #hold(lane: Lane): void {
    lane.isHeld = true;
    this.#membership?.pause(lane);
  }

  #refuse(lane: Lane, problem: string): void {
    this.#close(lane);
    const { topic, partition, expected: next, lastApplied } = lane;
    this.#placement?.refuse({ topic, partition, next, lastApplied }, problem);
  }

  /** Whether the log still has this offset, or a gap there; asks until it is told. */
  async #isInLog(lane: Lane, offset: bigint): Promise<boolean> {
    const { topic, partition } = lane;
    const backoff = new Backoff();
    while (this.has(lane) && !this.#options.stop.aborted) {
      try {
        const bounds = await this.#options.broker.bounds(topic);
        return (bounds.get(partition)?.low ?? 0n) <= offset;
      } catch (error) {
        this.#options.log.debug({ error: messageOf(error) }, 'the bounds of a log could not be read');
        await backoff.wait(this.#options.stop);
      }
    }
    return false;
  }

  /** Records of the lane were applied. */
  applied(lane: Lane): void {
    this.#loggedTroubles.delete(partitionKey(lane));
    this.tide(lane);
  }

  tide(lane: Lane): void {
    const turn = lane.watermarkCrossed();
    if (turn !== undefined) this.#membership?.[turn](lane);
  }

  /** A new assignment: no lane of the old one is used again. */
  async assigned(partitions: readonly Assignment[]): Promise<void> {
    this.#placement?.end();
    const placement = new Placement({
      ...this.#options,
      isUnverifiable: (row) => this.#vanished.isUnverifiable(row),
      isNews: (partition) => {
        const isNew = !this.#loggedTroubles.has(partition);
        this.#loggedTroubles.add(partition);
        return isNew;
      },
      open: (place) => {
        this.#open(place);
      },
    });
    this.#placement = placement;
    this.#lanes.clear();
    // The rows are read after the unit of work that may still be writing them.
    await this.#options.settled();
    await placement.place(partitions);
    this.#logAssignment(partitions.map(partitionKey));
  }

  /** A consumer that keeps losing its group gets the same partitions again and again: that is logged once. */
  #logAssignment(partitions: readonly string[]): void {
    const isNew = partitions.join() !== this.#loggedPartitions;
    this.#loggedPartitions = partitions.join();
    this.#options.log[isNew ? 'info' : 'debug']({ partitions }, 'partitions assigned');
  }

  #open(place: StartPosition): void {
    const lane = new Lane(place);
    this.#lanes.set(partitionKey(place), lane);
    this.#membership?.seek(place, lane.from);
    this.#membership?.resume(place);
  }

  /** Takes nothing more of it; what waits is forgotten. */
  #close(lane: Lane): void {
    this.#membership?.pause(lane);
    this.#lanes.delete(partitionKey(lane));
  }
}
