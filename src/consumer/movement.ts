import { setTimeout as sleep } from 'node:timers/promises';
import { forwardedOf } from '../context.ts';
import { sentence } from '../errors.ts';
import { decodeReport } from '../handlers/pet-movement.ts';
import { metrics } from '../metrics.ts';
import type { Impact } from '../readiness.ts';
import { failureOf } from '../store/database-error.ts';
import { InvariantError, mustExist } from '../invariant.ts';
import { partitionKey } from '../keys.ts';
import { outageOf } from '../outage.ts';
import type { Assignment, Broker, BrokerRecord, GroupMembership, Fetched } from '../transport/broker.ts';
import { Backoff, messageOf } from '../waiting.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import { PendingPositions } from './pending-positions.ts';
import type { ReadOffset } from './pending-positions.ts';
import { writePending } from './position-writer.ts';
import type { PositionWriterContext } from './position-writer.ts';
import { UnreadablePartitions } from './unreadable-partitions.ts';

/** Positions are written this often. */
const WRITE_INTERVAL_MS = 200;

/** The components of the movement consumer: its group membership, and its writes. */
export const MOVEMENT_COMPONENTS = { movement: 'not ready', positions: 'degraded' } as const satisfies Record<
  string,
  Impact
>;
export type MovementComponent = keyof typeof MOVEMENT_COMPONENTS;

export interface MovementOptions extends PositionWriterContext {
  readonly broker: Broker;
  readonly group: string;
  /** Names of the headers that are carried to all that a message causes. */
  readonly forwardedHeaders: readonly string[];
  /** Takes why a component does not work, or undefined when it does. @returns whether it was logged. */
  health(component: MovementComponent, reason: string | undefined, cause?: unknown): boolean;
}

/**
 * Reads the positions of pets: a flood of short-lived state, of which only the newest report of each pet counts. Keeps
 * one report a pet in memory, writes them a few times a second, and commits Kafka's own offsets after that. A report that
 * is read twice, or lost with the machine, does no harm: the next one of the pet replaces it.
 */
export class MovementConsumer {
  readonly #options: MovementOptions;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  readonly #unreadable: UnreadablePartitions;
  /** What was read in the current assignment. */
  #pending = new PendingPositions([]);
  /** Whether all partitions are paused because too much is pending. */
  #isPaused = false;
  /** Why it is not in its group; undefined if it is. */
  #outOfGroup: string | undefined;
  /** Why the start offsets of its partitions are not known; undefined if they are. */
  #startProblem: string | undefined;
  #joined: GroupMembership | undefined;
  #done: Promise<void> | undefined;

  constructor(options: MovementOptions) {
    this.#options = options;
    this.#unreadable = new UnreadablePartitions({
      membership: () => this.#membership,
      isPaused: () => this.#isPaused,
      changed: () => this.#reportReading(),
      log: options.log,
    });
  }

  async start(): Promise<void> {
    const { broker, topic, group, health } = this.#options;
    this.#joined = await broker.subscribe({
      groupId: group,
      topics: [topic],
      from: 'latest',
      assigned: (partitions) => this.#assign(partitions),
      rebalancing: () => undefined,
      fetched: (_topic, partition, fetched) => {
        this.#take({ topic, partition }, fetched);
      },
      health: (reason, cause) => {
        this.#outOfGroup = reason;
        this.#reportReading(cause);
      },
    });
    health('positions', undefined);
    this.#done = this.#run();
  }

  /** Writes what it has, and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#joined?.stop();
  }

  /** The group membership: it exists before the first assignment and the first fetch. */
  get #membership(): GroupMembership {
    if (this.#joined === undefined) throw new InvariantError('the movement consumer has not subscribed');
    return this.#joined;
  }

  /**
   * Reads on at the offsets that the group has committed, and forgets what was pending: it is read again from there. A
   * partition without a commit starts at its end, and that offset is committed before anything is read. Otherwise what is
   * read and not yet written would be skipped by the next owner of the partition.
   */
  async #assign(partitions: readonly Assignment[]): Promise<void> {
    const pending = new PendingPositions(partitions);
    this.#pending = pending;
    this.#isPaused = false;
    this.#unreadable.reassign(partitions);
    // An assignment comes from the group: what is wrong from here on is something else.
    this.#outOfGroup = undefined;
    const backoff = new Backoff();
    while (this.#pending === pending && !this.#stopping.signal.aborted) {
      try {
        const starts = await this.#findStarts(partitions);
        if (this.#pending !== pending) return;
        if ('problem' in starts) {
          this.#reportStart(starts.problem);
        } else {
          this.#reportStart(undefined);
          for (const start of starts) {
            this.#membership.seek(start, start.next);
            this.#membership.resume(start);
          }
          return;
        }
      } catch (error) {
        if (this.#pending !== pending) return;
        this.#reportStart(...outageOf('OFFSETS_UNREADABLE', 'Cannot read the start offsets of movements', error));
      }
      await backoff.wait(this.#stopping.signal);
    }
  }

  #reportStart(problem: string | undefined, cause?: unknown): void {
    this.#startProblem = problem;
    this.#reportReading(cause);
  }

  /** Returns where each partition starts, committed to Kafka; or what is wrong if the broker does not have all of them. */
  async #findStarts(partitions: readonly Assignment[]): Promise<readonly ReadOffset[] | { readonly problem: string }> {
    const { broker, topic, group } = this.#options;
    const [committed, bounds] = await Promise.all([broker.committed(group, topic), broker.bounds(topic)]);
    const missing = partitions.filter(({ partition }) => !bounds.has(partition));
    if (missing.length > 0) return { problem: withoutLog(missing) };
    const starts = partitions.map((assigned) => {
      const log = mustExist(bounds.get(assigned.partition), `the log of ${partitionKey(assigned)}`);
      const next = committed.get(assigned.partition) ?? log.high;
      if (next > log.high) return { ...assigned, next: log.high };
      return { ...assigned, next: next < log.low ? log.low : next };
    });
    const uncommitted = starts.filter(({ partition }) => !committed.has(partition));
    if (uncommitted.length > 0) await this.#membership.commit(uncommitted);
    return starts;
  }

  #take(source: Assignment, { records, next, damage }: Fetched): void {
    for (const record of records) this.#takeRecord(source, record);
    this.#pending.setReadOffset({ ...source, next });
    this.#unreadable.fetched(source, damage, next);
    if (this.#pending.isFull) this.#pause(true);
  }

  #takeRecord(source: Assignment, record: BrokerRecord): void {
    const { group, forwardedHeaders } = this.#options;
    const decoded = decodeSafely(record);
    if (decoded.kind === 'failed') {
      const cause = { reason: 'HANDLER_FAILED', message: decoded.message, attempts: 1 } as const;
      this.#pending.addDeadLetter(deadLetterOf(group, source, record, cause));
    } else if (decoded.kind === 'report') {
      const forwarded = forwardedOf(record.headers, forwardedHeaders);
      this.#pending.addSighting({ context: { ...decoded.context, forwarded }, seenAt: record.timestamp });
      if (this.#pending.addReport(decoded.report)) metrics.movements.inc({ outcome: 'superseded' });
    } else {
      this.#pending.addDeadLetter(deadLetterOf(group, source, record, causeOf(decoded)));
    }
  }

  /**
   * Reports whether all partitions are read: one that waits for the operator counts as much as a lost group.
   *
   * @returns whether it was logged.
   */
  #reportReading(cause?: unknown): boolean {
    const reason = this.#outOfGroup ?? this.#startProblem ?? this.#unreadable.reason;
    return this.#options.health('movement', reason, cause);
  }

  /** Pauses or resumes all partitions, except those that are paused because they cannot be read. */
  #pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    for (const partition of this.#pending.partitions) {
      if (this.#unreadable.isPaused(partition)) continue;
      if (isPaused) this.#membership.pause(partition);
      else this.#membership.resume(partition);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    do {
      await sleep(WRITE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      try {
        await this.#write(this.#pending);
        this.#backoff.reset();
        this.#options.health('positions', undefined);
        this.#pause(this.#pending.isFull);
      } catch (error) {
        const what = 'Failed to save pet positions';
        this.#options.health('positions', ...failureOf('POSITIONS_NOT_WRITTEN', what, error));
        if (!signal.aborted) await this.#backoff.wait(signal);
      }
    } while (!signal.aborted);
  }

  /** Saves the pending positions, then commits the offsets of their records to Kafka. */
  async #write(pending: PendingPositions): Promise<void> {
    const written = await writePending(this.#options, pending);
    // After a new assignment the group reads from its committed offsets again.
    if (written.length === 0 || pending !== this.#pending) return;
    await this.#membership.commit(written).catch((error: unknown) => {
      this.#options.log.debug({ error: messageOf(error) }, 'failed to commit the offsets of movements');
    });
  }
}

function withoutLog(partitions: readonly Assignment[]): string {
  const names = partitions.map(partitionKey).join(', ');
  return `${names}: ${sentence('PARTITION_MISSING', 'The broker has no log of it')}`;
}

/** Decodes a record. An exception of the decoder is a bug: it makes a dead letter, and must not reach the transport. */
function decodeSafely(record: BrokerRecord) {
  try {
    return decodeReport(record);
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) } as const;
  }
}
