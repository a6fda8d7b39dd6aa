import type { NewPet } from '../domain/creation.ts';
import { InvariantError } from '../invariant.ts';
import { characterKey } from '../keys.ts';
import { inTransaction, limitLockWait, LOCK_TIMEOUT_MS } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { lockOffsets, readOffsets } from '../store/tables/consumer-offset.ts';
import type { Advance, OffsetRow, TopicPartition } from '../store/tables/consumer-offset.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import type { Connection } from '../store/statement.ts';
import { claimDueSessions } from '../store/tables/character-session.ts';
import { insertAndLockOwner } from '../store/tables/owner.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import { lockClocks } from '../store/tables/session-clock.ts';
import type { CharacterKey } from '../store/tables/session-clock.ts';
import { flush } from './flush.ts';
import type { Changes } from './flush.ts';
import { claimSpawnedPets, loadTargets } from './load.ts';
import { LockOrder } from './locks.ts';
import type { LockPolicy } from './locks.ts';
import type { EntrySource } from './outbox-entries.ts';
import { Rosters } from './rosters.ts';
import type { CreatedPet, Target } from './rosters.ts';
import { Sessions } from './sessions.ts';

/**
 * Runs one unit of work: a transaction that locks and loads, changes what it has loaded in memory, and flushes once.
 * Whatever `work` throws rolls everything back.
 *
 * @throws {InvariantError} if `work` ends without a flush.
 */
export function inUnitOfWork<Result>(
  database: Database,
  locks: LockPolicy,
  work: (unit: UnitOfWork) => Promise<Result>,
): Promise<Result> {
  return inTransaction(database, async (transaction) => {
    const unit = new UnitOfWork(transaction, locks);
    const result = await work(unit);
    if (!unit.isFlushed) throw new InvariantError('a unit of work ended without its flush');
    return result;
  });
}

/**
 * What one transaction has locked and loaded, and what it is going to write. Its methods are called in the order of
 * {@link LockOrder}, which it asserts: offsets, owners, session clocks, sessions, then the flush.
 */
export class UnitOfWork {
  readonly rosters = new Rosters();
  readonly sessions = new Sessions();
  /** What goes into the outbox, in this order. */
  readonly outbox: EntrySource[] = [];
  readonly #connection: Connection;
  readonly #locks: LockPolicy;
  readonly #order = new LockOrder();
  #sweptHunger: Changes['sweptHunger'];
  #offsets: Changes['offsets'];
  #isFlushed = false;

  /** @param connection in a transaction. */
  constructor(connection: Connection, locks: LockPolicy) {
    this.#connection = connection;
    this.#locks = locks;
  }

  get isFlushed(): boolean {
    return this.#isFlushed;
  }

  /** How long a statement may wait for a lock. */
  get #lockTimeoutMs(): number {
    return this.#locks.wait ? LOCK_TIMEOUT_MS.first : LOCK_TIMEOUT_MS.retry;
  }

  /**
   * Locks the offset rows of a group, and limits how long later statements wait for a lock.
   *
   * @returns the locked rows; a partition without a row, or whose row another session holds, is not among them.
   */
  lockOffsets(group: string, partitions: readonly TopicPartition[]): Promise<readonly OffsetRow[]> {
    this.#order.lock('consumer_offset');
    return lockOffsets(this.#connection, group, partitions, this.#lockTimeoutMs);
  }

  /** Reads all offset rows of a group, also those that other sessions hold. */
  readOffsets(group: string): Promise<readonly OffsetRow[]> {
    return readOffsets(this.#connection, group);
  }

  /** Locks the owners of the targets and loads what rules need of their pets, see {@link loadTargets}. */
  async load(targets: readonly Target[]): Promise<void> {
    this.#order.lock('owner');
    await loadTargets(this.#connection, targets, this.#locks, this.rosters);
  }

  /** Locks owners, and loads their spawned pets. @returns those that it could lock: the claim on them. */
  async claimOwners<Owner extends OwnerKey>(owners: readonly Owner[]): Promise<readonly Owner[]> {
    await limitLockWait(this.#connection, this.#lockTimeoutMs);
    this.#order.lock('owner');
    return claimSpawnedPets(this.#connection, owners, this.#locks, this.rosters);
  }

  /** Locks an owner; inserts it if this is its first pet. */
  async createOwner(owner: OwnerKey): Promise<void> {
    this.#order.lock('owner');
    await insertAndLockOwner(this.#connection, owner);
  }

  /** Locks the session clocks of characters. @param firstHungerAt when a session that begins now is first due for hunger. */
  async lockClocks(characters: readonly CharacterKey[], firstHungerAt: number): Promise<void> {
    this.#order.lock('session_clock');
    const distinct = new Map(characters.map((one) => [characterKey(one.tenantId, one.characterId), one]));
    this.sessions.addClocks(await lockClocks(this.#connection, [...distinct.values()]), firstHungerAt);
  }

  /** Locks sessions that are still due for hunger and that no other session of the database holds. @returns their owners. */
  claimDueSessions<Owner extends OwnerKey>(owners: readonly Owner[], now: number): Promise<readonly Owner[]> {
    this.#order.lock('character_session');
    return claimDueSessions(this.#connection, owners, now);
  }

  /** Creates a pet, whose owner is locked. @returns it; its id is known after the flush of `pet`. */
  createPet(tenantId: string, pet: NewPet): CreatedPet {
    return this.rosters.create(tenantId, pet);
  }

  /** Sets when the hunger of owners with claimed sessions is due next: milliseconds since 1970. */
  postponeHunger(owners: readonly OwnerKey[], dueAt: number): void {
    this.#sweptHunger = { owners, dueAt };
  }

  /** Advances the locked offset rows of a group. */
  advanceOffsets(group: string, rows: readonly Advance[]): void {
    if (rows.length > 0) this.#offsets = { group, rows };
  }

  /**
   * Writes everything that has changed; see src/unit-of-work/flush.ts for the order.
   *
   * @returns the records that will be pending once the transaction is committed; if there are very many, the first.
   */
  async flush(): Promise<readonly PendingRecord[]> {
    if (this.#isFlushed) throw new InvariantError('a unit of work is flushed twice');
    this.#isFlushed = true;
    const { rosters, sessions, outbox } = this;
    const changes = { rosters, sessions, outbox, sweptHunger: this.#sweptHunger, offsets: this.#offsets };
    return flush(this.#connection, changes, this.#order);
  }
}
