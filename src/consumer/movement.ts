import { setTimeout as sleep } from 'node:timers/promises';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { bisectTransactions } from '../bisect.ts';
import { forwardedOf } from '../context.ts';
import { sentence } from '../errors.ts';
import type { PositionReport } from '../handlers/pet-movement.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { decodeMove } from '../handlers/pet-movement.ts';
import { partitionKey } from '../keys.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Impact } from '../readiness.ts';
import { failureOf } from '../store/database-error.ts';
import { inTransaction, limitLockWait, LOCK_TIMEOUT_MS } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { insertEntries } from '../store/outbox-entries.ts';
import { savePositions } from '../store/save-positions.ts';
import type { Tenants } from '../store/tenants.ts';
import type { Assignment, Broker, BrokerRecord, Consumer as Membership, Damage, Fetched } from '../transport/broker.ts';
import { Backoff, messageOf } from '../waiting.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import { reportDeadLetters } from './report.ts';
import { unreadable } from './start.ts';
import { Unwritten } from './unwritten.ts';

/** Where pets stand is written this often, in milliseconds. */
const WRITE_EVERY = 200;
/** A batch that cannot be read is read again after so many milliseconds. */
const READ_AGAIN_MS = 5_000;
/** Most moves in one statement. */
const MAX_REPORTS_PER_STATEMENT = 5_000;

/** The components of the movement consumer: its group membership, and its writes. */
export const MOVEMENT_COMPONENTS = { movement: 'not ready', positions: 'degraded' } as const satisfies Record<
  string,
  Impact
>;
export type MovementComponent = keyof typeof MOVEMENT_COMPONENTS;

/** A batch that cannot be read, and before which its partition stands. */
interface Obstruction {
  readonly problem: string;
  /** Whether a second fetch has found the same. Until then its partition does not stand. */
  isConfirmed: boolean;
  /** Whether its partition is paused until it is read again. */
  isWaiting: boolean;
}

export interface MovementOptions {
  readonly database: Database;
  readonly broker: Broker;
  readonly topic: string;
  readonly group: string;
  readonly publisher: PublisherPort;
  readonly tenants: Tenants;
  /** Names of the headers that are carried to all that a message causes. */
  readonly forwardedHeaders: readonly string[];
  /** Takes why a component does not work, or undefined when it does. @returns whether it was logged. */
  health(component: MovementComponent, reason: string | undefined, cause?: unknown): boolean;
  readonly log: Logger;
}

/**
 * Where pets stand: a flood of short-lived state, of which only the newest of each pet counts. It is kept in memory, one
 * move a pet, and written a few times a second; Kafka's own offsets are committed after that. What is read twice, or
 * lost with the machine, does no harm: the next move says it anew.
 */
export class MovementConsumer {
  readonly #options: MovementOptions;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  #unwritten = new Unwritten([]);
  /** Of the assigned partitions, by name. */
  readonly #obstructions = new Map<string, Obstruction>();
  #isPaused = false;
  /** Why it is not in its group; undefined if it is. */
  #outOfGroup: string | undefined;
  #membership: Membership | undefined;
  #done: Promise<void> | undefined;

  constructor(options: MovementOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { broker, topic, group, health } = this.#options;
    this.#membership = await broker.subscribe({
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
    await this.#membership?.stop();
  }

  /**
   * Goes on where the group has committed; what waited is void, as it is read again from there. A partition without a
   * commit starts at what comes, and that place is committed before anything is read: else what is read and not yet
   * written would be skipped by whoever gets the partition next.
   */
  async #assign(partitions: readonly Assignment[]): Promise<void> {
    const { broker, topic, group, log } = this.#options;
    const unwritten = new Unwritten(partitions);
    this.#unwritten = unwritten;
    this.#isPaused = false;
    const names = new Set(partitions.map(partitionKey));
    for (const [name, obstruction] of this.#obstructions) {
      obstruction.isWaiting = false;
      if (!names.has(name)) this.#forgetObstruction(name);
    }
    const backoff = new Backoff();
    while (this.#unwritten === unwritten && !this.#stopping.signal.aborted) {
      try {
        const [committed, bounds] = await Promise.all([broker.committed(group, topic), broker.bounds(topic)]);
        const starts = partitions.map((place) => {
          const { low, high } = bounds.get(place.partition) ?? { low: 0n, high: 0n };
          const next = committed.get(place.partition) ?? high;
          if (next > high) return { ...place, next: high };
          return { ...place, next: next < low ? low : next };
        });
        const news = starts.filter(({ partition }) => !committed.has(partition));
        if (news.length > 0) await this.#membership?.commit(news);
        if (this.#unwritten !== unwritten) return;
        for (const start of starts) {
          this.#membership?.seek(start, start.next);
          this.#membership?.resume(start);
        }
        return;
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'it cannot be read where movements start');
        await backoff.wait(this.#stopping.signal);
      }
    }
  }

  #take(place: Assignment, { records, next, damage }: Fetched): void {
    const { group, forwardedHeaders } = this.#options;
    for (const record of records) {
      const decoded = decodeSafely(record);
      if (decoded.kind === 'failed') {
        const cause = { reason: 'HANDLER_FAILED', message: decoded.message, attempts: 1 } as const;
        this.#unwritten.letter(deadLetterOf(group, place, record, cause));
      } else if (decoded.kind === 'move') {
        const forwarded = forwardedOf(record.headers, forwardedHeaders);
        this.#unwritten.sighting({ context: { ...decoded.context, forwarded }, seenAt: record.timestamp });
        if (this.#unwritten.move(decoded.move)) metrics.movements.inc({ outcome: 'superseded' });
      } else {
        this.#unwritten.letter(deadLetterOf(group, place, record, causeOf(decoded)));
      }
    }
    this.#unwritten.read.set(partitionKey(place), { ...place, next });
    if (damage === undefined) this.#forgetObstruction(partitionKey(place));
    else this.#obstruct(place, damage, next);
    if (this.#unwritten.isTooMuch) this.#pause(true);
  }

  /** Stops a partition before a batch that cannot be read, if a second fetch finds the same; tries again and again. */
  #obstruct(place: Assignment, damage: Damage, next: bigint): void {
    const name = partitionKey(place);
    const problem = unreadable(damage);
    const known = this.#obstructions.get(name);
    if (known?.problem !== problem) {
      this.#obstructions.set(name, { problem, isConfirmed: false, isWaiting: false });
      this.#membership?.seek(place, next);
      return;
    }
    this.#membership?.pause(place);
    known.isWaiting = true;
    setTimeout(() => {
      if (this.#obstructions.get(name) !== known || !known.isWaiting) return;
      known.isWaiting = false;
      this.#membership?.seek(place, next);
      if (!this.#isPaused) this.#membership?.resume(place);
    }, READ_AGAIN_MS).unref();
    if (known.isConfirmed) return;
    known.isConfirmed = true;
    metrics.unreadableBatches.inc({ topic: place.topic });
    // The outage may have begun with another partition.
    if (!this.#reportReading()) {
      this.#options.log.warn({ partition: name, reason: problem }, 'another partition must not be read');
    }
  }

  #forgetObstruction(name: string): void {
    if (this.#obstructions.delete(name)) this.#reportReading();
  }

  /** Reports whether all partitions are read: one that waits for the operator counts as much as a lost group. @returns whether it was logged. */
  #reportReading(cause?: unknown): boolean {
    const confirmed = [...this.#obstructions].filter(([, { isConfirmed }]) => isConfirmed);
    const problems = confirmed.map(([name, { problem }]) => `${name}: ${problem}`);
    const obstructed = problems.length === 0 ? undefined : problems.join('; ');
    return this.#options.health('movement', this.#outOfGroup ?? obstructed, cause);
  }

  #pause(pause: boolean): void {
    if (this.#isPaused === pause) return;
    this.#isPaused = pause;
    for (const partition of this.#unwritten.partitions) {
      const isWaiting = this.#obstructions.get(partitionKey(partition))?.isWaiting === true;
      if (!isWaiting) this.#membership?.[pause ? 'pause' : 'resume'](partition);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    do {
      await sleep(WRITE_EVERY, undefined, { signal }).catch(() => undefined);
      try {
        await this.#write(this.#unwritten);
        this.#backoff.reset();
        this.#options.health('positions', undefined);
        this.#pause(this.#unwritten.isTooMuch);
      } catch (error) {
        this.#options.health(
          'positions',
          ...failureOf('POSITIONS_NOT_WRITTEN', 'The positions of pets cannot be written', error),
        );
        if (!signal.aborted) await this.#backoff.wait(signal);
      }
    } while (!signal.aborted);
  }

  /** Writes everything that was read so far, then commits that it was read; dead letters wait for the outbox. */
  async #write(unwritten: Unwritten): Promise<void> {
    const { database, tenants, topic, publisher, log } = this.#options;
    const read = [...unwritten.read.values()];
    const letters = [...unwritten.letters];
    if (read.length === 0) return;
    const { sightings } = unwritten;
    await tenants.seen(database, sightings);
    unwritten.forgetSightings(sightings);
    const { moves } = unwritten;
    for (let at = 0; at < moves.length; at += MAX_REPORTS_PER_STATEMENT) {
      await bisectTransactions(
        moves.slice(at, at + MAX_REPORTS_PER_STATEMENT),
        (some, isRetry) => this.#saveMoves(unwritten, some, isRetry),
        (move, error) => {
          this.#dropMove(unwritten, move, error);
        },
      );
    }
    if (letters.length > 0) {
      if (publisher.isFull(deadLetter.name)) return;
      await bisectTransactions(
        letters,
        async (some) => {
          const told = await inTransaction(database, (transaction) => insertEntries(transaction, some));
          unwritten.forgetLetters(some.length);
          metrics.records.inc({ topic, outcome: 'dead_letter' }, some.length);
          publisher.publish(told);
          reportDeadLetters(log, some);
        },
        (letter, error) => {
          unwritten.forgetLetters(1);
          const { DEAD_LETTER_PARTITION: partition, DEAD_LETTER_OFFSET: offset } = letter.record.headers;
          const what = sentence('DEAD_LETTER_LOST', 'The dead letter of a movement cannot be saved, and is lost');
          log.error({ topic, partition, offset, error: messageOf(error) }, what);
        },
      );
    }
    unwritten.forgetRead(read);
    if (unwritten !== this.#unwritten) return;
    await this.#membership?.commit(read).catch((error: unknown) => {
      log.debug({ error: messageOf(error) }, 'offsets of movements not committed');
    });
  }

  async #saveMoves(unwritten: Unwritten, moves: readonly PositionReport[], isRetry: boolean): Promise<void> {
    const { written, unknown, foreign, stale } = await inTransaction(this.#options.database, async (transaction) => {
      await limitLockWait(transaction, isRetry ? LOCK_TIMEOUT_MS.retry : LOCK_TIMEOUT_MS.first);
      return savePositions(transaction, moves);
    });
    unwritten.forgetMoves(moves);
    const superseded = moves.length - written - unknown - foreign - stale;
    for (const [outcome, count] of Object.entries({ written, superseded, unknown, foreign, stale })) {
      metrics.movements.inc({ outcome }, count);
    }
  }

  /** A position that cannot be saved, while others can, is not worth waiting for: the pet's next one replaces it. */
  #dropMove(unwritten: Unwritten, move: PositionReport, error: unknown): void {
    unwritten.forgetMoves([move]);
    metrics.movements.inc({ outcome: 'failed' });
    const { tenantId, petId } = move;
    this.#options.log.debug({ tenantId, petId, error: messageOf(error) }, 'failed to save the position of a pet');
  }
}

/** An exception of the decoder is a bug; it makes a dead letter of the record, and must not reach the transport. */
function decodeSafely(record: BrokerRecord) {
  try {
    return decodeMove(record);
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) } as const;
  }
}
