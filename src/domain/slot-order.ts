import { mustExist } from '../invariant.ts';
import { applyChange, changed, isSpawned } from './pet.ts';
import type { Changed, ChangedFields, Pet } from './pet.ts';

/**
 * Applies `rule` to each spawned pet in slot order. Each call sees the changes of the earlier ones, and its events come
 * before those of the later ones.
 *
 * @param spawnedPets an owner's.
 */
export function applyInSlotOrder(
  spawnedPets: readonly Pet[],
  rule: (pet: Pet, spawnedPets: readonly Pet[]) => Pick<Changed, 'changes' | 'events'>,
): Changed {
  const bySlot = spawnedPets.toSorted((a, b) => a.slot - b.slot);
  const after = new Map(bySlot.map((pet) => [pet.id, pet]));
  const fieldsOf = new Map<number, ChangedFields>();
  const current = (petId: number) => mustExist(after.get(petId), `spawned pet ${String(petId)}`);
  const events = bySlot.flatMap(({ id }) => {
    const decision = rule(current(id), [...after.values()].filter(isSpawned));
    for (const change of decision.changes) {
      const { petId, fields } = change;
      after.set(petId, applyChange(current(petId), change));
      fieldsOf.set(petId, { ...fieldsOf.get(petId), ...fields });
    }
    return decision.events;
  });
  return changed(
    [...fieldsOf].map(([petId, fields]) => ({ petId, fields })),
    events,
  );
}
