import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { decodeMove } from '../handlers/pet-movement.ts';
import type { Move } from '../handlers/pet-movement.ts';
import { inTransaction } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { OutboxEntry, PendingRecord } from '../store/outbox.ts';
import { savePositions } from '../store/positions.ts';
import type { Assignment, Broker, BrokerRecord, Consumer as Membership } from '../transport/broker.ts';
import { Backoff, messageOf } from '../waiting.ts';
import type { Outlet } from './consumer.ts';
import { deadLetterOf } from './dead-letter.ts';
import { reportDeadLetters } from './report.ts';
import { nameOf } from './start.ts';

/** Where pets stand is written this often, in milliseconds. */
const WRITE_EVERY = 200;
/** Most moves in one statement. */
const MOST_MOVES = 5_000;
/** With more dead letters than this in memory nothing is read until they are written. */
const MOST_LETTERS = 1_000;

/** What the movement consumer reports on: its place in the group, and what it writes. */
export const MOVEMENT_PARTS = ['movement', 'positions'] as const;
export type MovementPart = (typeof MOVEMENT_PARTS)[number];

export interface MovementOptions {
  readonly database: Database;
  readonly broker: Broker;
  readonly topic: string;
  readonly group: string;
  readonly outlet: Outlet;
  /** Told why a part is not at work, or undefined when it is. */
  health(part: MovementPart, reason: string | undefined): void;
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
  /** The newest move of each pet that is not written yet. */
  #moves = new Map<string, Move>();
  #letters: OutboxEntry[] = [];
  /** The first offset of each partition that is not read yet, by its name. */
  #read = new Map<string, Assignment & { readonly next: bigint }>();
  #assigned: readonly Assignment[] = [];
  #isPaused = false;
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
      // What moved before anybody looked is of no use.
      from: 'latest',
      assigned: (partitions) => {
        this.#assigned = partitions;
        this.#read.clear();
        if (!this.#isPaused) for (const partition of partitions) this.#membership?.resume(partition);
        return Promise.resolve();
      },
      rebalancing: () => undefined,
      records: (_topic, partition, records) => {
        this.#take(partition, records);
      },
      health: (reason) => {
        health('movement', reason);
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

  #take(partition: number, records: readonly BrokerRecord[]): void {
    const { topic, group } = this.#options;
    const place = { topic, partition };
    for (const record of records) {
      const decoded = decodeMove(record);
      if (decoded.kind === 'move') {
        const { move } = decoded;
        const key = `${move.tenantId}/${String(move.petId)}`;
        if (this.#moves.has(key)) metrics.movements.inc({ outcome: 'superseded' });
        this.#moves.set(key, move);
      } else {
        const message = `${decoded.pointer} ${decoded.sentence}`.trim();
        this.#letters.push(deadLetterOf(group, place, record, { reason: decoded.code, message, attempts: 0 }));
      }
    }
    const last = records.at(-1);
    if (last !== undefined) this.#read.set(nameOf(place), { ...place, next: last.offset + 1n });
    if (this.#letters.length > MOST_LETTERS) this.#pause(true);
  }

  #pause(pause: boolean): void {
    if (this.#isPaused === pause) return;
    this.#isPaused = pause;
    for (const partition of this.#assigned) this.#membership?.[pause ? 'pause' : 'resume'](partition);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    do {
      await sleep(WRITE_EVERY, undefined, { signal }).catch(() => undefined);
      try {
        if (this.#letters.length === 0 || !this.#options.outlet.isFull()) await this.#write();
        this.#backoff.reset();
        this.#options.health('positions', undefined);
        this.#pause(this.#letters.length > MOST_LETTERS);
      } catch (error) {
        const what = `Where pets stand cannot be written: ${messageOf(error)}`;
        this.#options.health('positions', sentence('POSITIONS_NOT_WRITTEN', what));
        if (!signal.aborted) await this.#backoff.wait(signal);
      }
    } while (!signal.aborted);
    // The last of it, if the database is there.
    await this.#write().catch(() => undefined);
  }

  /** Writes everything that was read so far, then commits that it was read. */
  async #write(): Promise<void> {
    if (this.#read.size === 0) return;
    const [moves, letters, read] = [this.#moves, this.#letters, this.#read];
    this.#moves = new Map();
    this.#letters = [];
    this.#read = new Map();
    try {
      const told = await this.#save([...moves.values()], letters);
      this.#options.outlet.publish(told);
      reportDeadLetters(this.#options.log, told);
    } catch (error) {
      for (const [key, move] of moves) {
        if (!this.#moves.has(key)) this.#moves.set(key, move);
      }
      this.#letters = [...letters, ...this.#letters];
      for (const [name, next] of read) if (!this.#read.has(name)) this.#read.set(name, next);
      throw error;
    }
    await this.#membership?.commit([...read.values()]).catch((error: unknown) => {
      this.#options.log.debug({ error: messageOf(error) }, 'offsets of movements not committed');
    });
  }

  async #save(moves: readonly Move[], letters: readonly OutboxEntry[]): Promise<readonly PendingRecord[]> {
    const { database, topic } = this.#options;
    for (let at = 0; at < moves.length; at += MOST_MOVES) {
      const some = moves.slice(at, at + MOST_MOVES);
      const { unknown, foreign, stale } = await savePositions(database, some);
      const written = some.length - unknown - foreign - stale;
      for (const [outcome, count] of Object.entries({ written, unknown, foreign, stale })) {
        metrics.movements.inc({ outcome }, count);
      }
    }
    if (letters.length === 0) return [];
    const told = await inTransaction(database, (transaction) => insertOutbox(transaction, letters));
    metrics.records.inc({ topic, outcome: 'dead_letter' }, letters.length);
    return told;
  }
}
