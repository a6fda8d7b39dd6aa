import { sentence } from '../errors.ts';
import { InvariantError } from '../invariant.ts';
import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { passOffsets, readOffsets } from '../store/tables/consumer-offset.ts';
import type { Assignment, Broker, GroupMembership, Fetched } from '../transport/broker.ts';
import { messageOf } from '../waiting.ts';
import { Lane } from './lane.ts';
import { LogExamination } from './log-examination.ts';
import { MissingTopics } from './missing-topics.ts';
import { StartOffsets } from './start-offsets.ts';
import type { StartContext, StartPosition } from './start.ts';

export interface LanesOptions extends StartContext {
  readonly broker: Broker;
  /** Takes why partitions must not be read, or undefined when all may. @returns whether it was logged. */
  health(reason: string | undefined, cause?: unknown): boolean;
  /** Called when a lane may have something to apply. */
  arrived(): void;
  /** Resolves when the unit of work that runs now has ended. */
  unitEnded(): Promise<void>;
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/** The lanes of the partitions that are assigned now: opened at the offsets in their rows, closed when a row was moved. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #missingTopics: MissingTopics;
  readonly #examination: LogExamination;
  /** The assignment that counts now; undefined before the first one. */
  #assignment: StartOffsets | undefined;
  #joined: GroupMembership | undefined;
  #loggedPartitions: string | undefined;
  /** Partitions whose problem is logged already. A partition leaves the set when one of its records is applied. */
  readonly #loggedProblems = new Set<string>();

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#missingTopics = new MissingTopics(options, options.stop, options.log);
    this.#examination = new LogExamination({
      ...options,
      membership: () => this.#membership,
      has: (lane) => this.has(lane),
      refuse: (lane, problem) => {
        this.#refuse(lane, problem);
      },
      reopen: (lane) => this.#reopen(lane),
      added: (lane) => {
        this.#added(lane);
      },
    });
  }

  /** Notes that a topic does not exist: its rows may not fit the next topic of its name. */
  topicMissing(topic: string): Promise<void> {
    return this.#missingTopics.note(topic);
  }

  /** Takes the group membership, to pause, resume and seek with. Called once, before the first assignment. */
  join(membership: GroupMembership): void {
    this.#joined = membership;
  }

  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** The assignment that counts now. What belongs to an older one is ignored. */
  get assignment(): StartOffsets | undefined {
    return this.#assignment;
  }

  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean {
    return this.#lanes.get(partitionKey(lane)) === lane;
  }

  /** Finds rows that were moved although no record of their lane comes: a unit of work finds the others. */
  async checkRows(): Promise<void> {
    const { database, group, log } = this.#options;
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    try {
      const rows = new Map((await readOffsets(database, group)).map((row) => [partitionKey(row), row.next]));
      const moved = this.all.filter((lane) => rows.get(partitionKey(lane)) !== lane.expected);
      if (moved.length > 0 && assignment === this.#assignment) await this.reopenMoved(moved, assignment);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'failed to check the offset rows');
    }
  }

  /**
   * Moves the rows of empty lanes over the transaction markers that were read and that no record has followed yet. Otherwise
   * a group's lag would never be 0, and a row could fall behind the start of its log. What fails is tried again with the
   * next call.
   *
   * @returns the lanes whose rows were moved.
   */
  async moveOverMarkers(): Promise<readonly Lane[]> {
    const behind = this.all.filter((lane) => lane.isBehindMarkers);
    if (behind.length === 0) return [];
    const { database, group, log } = this.#options;
    const rows = behind.map((lane) => {
      const { topic, partition, expected } = lane;
      return { topic, partition, expected, next: lane.nextAfter(0) };
    });
    try {
      const moved = new Map((await passOffsets(database, group, rows)).map((row) => [partitionKey(row), row.next]));
      // A row that somebody else has moved is not in the answer.
      return behind.filter((lane) => {
        const next = moved.get(partitionKey(lane));
        if (next !== undefined) lane.movedOverMarkers(next);
        return next !== undefined;
      });
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'failed to move offset rows over transaction markers');
      return [];
    }
  }

  /** Reopens lanes whose offset rows an operator or another instance has changed, at the offsets in these rows. */
  async reopenMoved(lanes: readonly Lane[], assignment: StartOffsets): Promise<void> {
    const what = 'An operator or another instance changed offset rows; the service reads them again';
    this.#options.log.warn({ lanes: lanes.map(partitionKey) }, sentence('OFFSETS_MOVED', what));
    for (const lane of lanes) this.#close(lane);
    await assignment.open(lanes);
  }

  /** Takes what a fetch brought. A fetch may come late: for a partition without a lane, or one that is held. */
  take(topic: string, partition: number, fetched: Fetched): void {
    const lane = this.#lanes.get(partitionKey({ topic, partition }));
    if (lane === undefined || lane.isHeld) return;
    const anomaly = lane.push(fetched);
    if (anomaly === undefined) this.#pauseOrResume(lane);
    else void this.#examination.examine(lane, fetched, anomaly);
    if (lane.waiting > 0) this.#options.arrived();
  }

  /** Called after records of the lane were applied: it may be below its low watermark now. */
  applied(lane: Lane): void {
    if (!this.has(lane)) return;
    this.#loggedProblems.delete(partitionKey(lane));
    this.#pauseOrResume(lane);
  }

  /** Opens the lanes of a new assignment. No lane of the old one is used again. */
  async assigned(partitions: readonly Assignment[]): Promise<void> {
    this.#assignment?.end();
    const assignment = new StartOffsets({
      ...this.#options,
      isUnverifiable: (row) => this.#missingTopics.isUnverifiable(row),
      isNewProblem: (partition) => {
        const isNew = !this.#loggedProblems.has(partition);
        this.#loggedProblems.add(partition);
        return isNew;
      },
      open: (start) => {
        this.#open(start);
      },
    });
    this.#assignment = assignment;
    this.#lanes.clear();
    // The rows are read after the unit of work that may still be writing them.
    await this.#options.unitEnded();
    await assignment.open(partitions);
    this.#logAssignment(partitions.map(partitionKey));
  }

  /** The group membership: it exists before the first assignment and the first fetch. */
  get #membership(): GroupMembership {
    if (this.#joined === undefined) throw new InvariantError('the consumer has not subscribed');
    return this.#joined;
  }

  #added(lane: Lane): void {
    this.#pauseOrResume(lane);
    this.#options.arrived();
  }

  #pauseOrResume(lane: Lane): void {
    const change = lane.watermarkCrossed();
    if (change === 'pause') this.#membership.pause(lane);
    if (change === 'resume') this.#membership.resume(lane);
  }

  /** A consumer that keeps losing its group gets the same partitions again and again: that is logged once. */
  #logAssignment(partitions: readonly string[]): void {
    const isNew = partitions.join() !== this.#loggedPartitions;
    this.#loggedPartitions = partitions.join();
    this.#options.log[isNew ? 'info' : 'debug']({ partitions }, 'partitions assigned');
  }

  #open(start: StartPosition): void {
    const lane = new Lane(start);
    this.#lanes.set(partitionKey(lane), lane);
    this.#membership.seek(lane, lane.readFrom);
    this.#membership.resume(lane);
  }

  /** Takes nothing more of it; what is queued is forgotten. */
  #close(lane: Lane): void {
    this.#membership.pause(lane);
    this.#lanes.delete(partitionKey(lane));
  }

  #refuse(lane: Lane, problem: string): void {
    this.#close(lane);
    const { topic, partition, expected: next, lastApplied } = lane;
    this.#currentAssignment.refuse({ topic, partition, next, lastApplied }, problem);
  }

  async #reopen(lane: Lane): Promise<void> {
    const assignment = this.#currentAssignment;
    this.#close(lane);
    await this.#options.unitEnded();
    await assignment.open([lane]);
  }

  /** The assignment of a lane: whatever has a lane has an assignment. */
  get #currentAssignment(): StartOffsets {
    if (this.#assignment === undefined) throw new InvariantError('a lane without an assignment');
    return this.#assignment;
  }
}
