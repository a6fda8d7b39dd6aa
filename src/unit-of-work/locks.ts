import { InvariantError } from '../invariant.ts';
import type { OwnerKey } from '../store/tables/owner.ts';

/**
 * The tables in the order in which every unit of work locks and writes their rows; within a table the order is that of the
 * key. Two transactions that keep to it never wait for each other in a circle.
 */
export const LOCK_ORDER = [
  'consumer_offset',
  'owner',
  'session_clock',
  'character_session',
  'pet',
  'pet_position',
  'outbox',
] as const;

export type Table = (typeof LOCK_ORDER)[number];

/** Asserts that one unit of work keeps to {@link LOCK_ORDER}, and locks and writes each table once. */
export class LockOrder {
  readonly #locked = new Set<Table>();
  readonly #written = new Set<Table>();
  #current: Table = LOCK_ORDER[0];

  /**
   * Notes that rows of a table are locked now.
   *
   * @throws {InvariantError} if a later table has been reached already, or if the table's rows were locked before: within a
   *   table only one statement can keep the order of the key.
   */
  lock(table: Table): void {
    if (LOCK_ORDER.indexOf(table) < LOCK_ORDER.indexOf(this.#current)) {
      throw new InvariantError(`rows of ${table} are locked after those of ${this.#current}`);
    }
    if (this.#locked.has(table)) throw new InvariantError(`rows of ${table} are locked twice in one unit of work`);
    this.#current = table;
    this.#locked.add(table);
  }

  /**
   * Notes that rows of a table are written now. Rows that were locked before may be written at any time.
   *
   * @throws {InvariantError} if the table was written before, or if its rows are not locked and a later table has been reached.
   */
  write(table: Table): void {
    if (this.#written.has(table)) throw new InvariantError(`${table} is written twice in one unit of work`);
    if (!this.#locked.has(table)) this.lock(table);
    this.#written.add(table);
  }
}

/** How a unit of work treats rows that other sessions of the database hold. */
export interface LockPolicy {
  /** Whether to wait for owners, for a moment and in the order of locks; if not, those that are held are left out. */
  readonly wait: boolean;
  /** Owners that are known to be held for long: they are not waited for. */
  readonly held: readonly OwnerKey[];
}

/** Waits for every owner. */
export const WAIT: LockPolicy = { wait: true, held: [] };
