import { created } from '../../generated/contract/messages/pet-status.js';
import type { Context } from '../context.ts';
import type { NewPet } from '../domain/creation.ts';
import type { Database } from '../store/database.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import { WAIT } from '../unit-of-work/locks.ts';
import { petStatusEntry } from '../unit-of-work/pet-status-entry.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';

/**
 * Creates a pet under its owner's lock, like everything that changes an owner's pets: so that its CREATED event is in the
 * order of that owner's events.
 *
 * @returns the id (uint32), and the event, committed and now to be published.
 */
export function createPet(
  database: Database,
  context: Context,
  pet: NewPet,
): Promise<{ readonly id: number; readonly committed: readonly PendingRecord[] }> {
  const { ownerId } = pet;
  return inUnitOfWork(database, WAIT, async (unit) => {
    await unit.createOwner({ tenantId: context.TENANT_ID, ownerId });
    const stored = unit.createPet(context.TENANT_ID, pet);
    unit.outbox.push(() => petStatusEntry(created({ petId: stored.id, ownerId }), context));
    const committed = await unit.flush();
    return { id: stored.id, committed };
  });
}
