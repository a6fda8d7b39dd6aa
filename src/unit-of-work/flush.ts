/** Writes what a unit of work has changed: the only place that does, and the order of its statements. */
import type { PendingRecord } from '../store/tables/outbox.ts';
import { advanceOffsets } from '../store/tables/consumer-offset.ts';
import type { Advance } from '../store/tables/consumer-offset.ts';
import type { Connection } from '../store/statement.ts';
import { deleteSessions, postponeHunger, upsertSessions } from '../store/tables/character-session.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import { deletePositions, upsertPositions } from '../store/tables/pet-position.ts';
import { deletePets, insertPet, updatePets } from '../store/tables/pet.ts';
import { updateClocks } from '../store/tables/session-clock.ts';
import type { LockOrder, Table } from './locks.ts';
import { insertEntries } from './outbox-entries.ts';
import type { EntrySource } from './outbox-entries.ts';
import type { Rosters } from './rosters.ts';
import type { Sessions } from './sessions.ts';

/** What a unit of work has changed in memory. */
export interface Changes {
  readonly rosters: Rosters;
  readonly sessions: Sessions;
  /** What goes into the outbox, in this order. */
  readonly outbox: readonly EntrySource[];
  /** Owners whose hunger was swept, and when it is due next: milliseconds since 1970. */
  readonly sweptHunger?: { readonly owners: readonly OwnerKey[]; readonly dueAt: number } | undefined;
  /** How far a group has come. Its rows are locked. */
  readonly offsets?: { readonly group: string; readonly rows: readonly Advance[] } | undefined;
}

/** The changes, pet by pet, and what was inserted into the outbox. */
interface Flush extends Omit<Changes, 'rosters'>, Pick<Rosters, 'created' | 'changed' | 'deleted' | 'newPositions'> {
  committed: readonly PendingRecord[];
}

interface Step {
  readonly table: Table;
  isNeeded(flush: Flush): boolean;
  write(connection: Connection, flush: Flush): Promise<void>;
}

/** The steps, in this order. Offsets come last: their rows are locked from the beginning. */
const STEPS: readonly Step[] = [
  {
    table: 'session_clock',
    isNeeded: ({ sessions }) => sessions.hasChanges,
    write: (connection, { sessions }) => updateClocks(connection, sessions.changedClocks, sessions.lockedClocks),
  },
  {
    table: 'character_session',
    isNeeded: ({ sessions, sweptHunger }) => sessions.hasChanges || sweptHunger !== undefined,
    write: async (connection, { sessions, sweptHunger }) => {
      await deleteSessions(connection, sessions.ended);
      const { ongoing } = sessions;
      if (ongoing.length > 0) await upsertSessions(connection, ongoing, sessions.firstHungerAt);
      if (sweptHunger !== undefined) await postponeHunger(connection, sweptHunger.owners, sweptHunger.dueAt);
    },
  },
  {
    table: 'pet',
    isNeeded: ({ created, changed, deleted }) => created.length + changed.length + deleted.length > 0,
    write: async (connection, { created, changed, deleted }) => {
      for (const pet of created) pet.id = await insertPet(connection, pet.tenantId, pet.pet);
      await deletePets(connection, deleted);
      await updatePets(connection, changed);
    },
  },
  {
    table: 'pet_position',
    isNeeded: ({ sessions, deleted, newPositions }) =>
      sessions.hasChanges || deleted.length > 0 || newPositions.length > 0,
    write: async (connection, { sessions, deleted, newPositions }) => {
      if (sessions.hasChanges || deleted.length > 0) {
        // One statement locks all these rows, in order: hence also those that the next statement writes.
        const pets = [...deleted.map(({ pet }) => pet.id), ...newPositions.map(({ petId }) => petId)];
        await deletePositions(connection, sessions.owners, pets);
      }
      await upsertPositions(connection, newPositions);
    },
  },
  {
    table: 'outbox',
    isNeeded: ({ outbox }) => outbox.length > 0,
    write: async (connection, changes) => {
      changes.committed = await insertEntries(connection, changes.outbox);
    },
  },
  {
    table: 'consumer_offset',
    isNeeded: ({ offsets }) => offsets !== undefined,
    write: async (connection, { offsets }) => {
      if (offsets !== undefined) await advanceOffsets(connection, offsets.group, offsets.rows);
    },
  },
];

/**
 * Writes the changes, table by table.
 *
 * @returns the first records of the outbox, for the publisher; see {@link insertEntries}.
 * @throws {InvariantError} if a step breaks the order of locks, or writes a table again.
 */
export async function flush(
  connection: Connection,
  { rosters, ...changes }: Changes,
  order: LockOrder,
): Promise<readonly PendingRecord[]> {
  const { created, changed, deleted, newPositions } = rosters;
  const state: Flush = { ...changes, created, changed, deleted, newPositions, committed: [] };
  for (const { table, isNeeded, write } of STEPS) {
    if (!isNeeded(state)) continue;
    order.write(table);
    await write(connection, state);
  }
  return state.committed;
}
