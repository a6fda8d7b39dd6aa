import { changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';
import { applyInSlotOrder } from './slot-order.ts';
import { despawnSpawned, isExpired } from './slots.ts';

/**
 * Despawns the expired ones of an owner's spawned pets, in slot order, each with reason EXPIRED.
 *
 * @param spawnedPets an owner's.
 * @param now milliseconds since 1970.
 */
export function expire(spawnedPets: readonly Pet[], now: number): Changed {
  return applyInSlotOrder(spawnedPets, (pet, others) =>
    isExpired(pet, now) ? despawnSpawned(pet, others, 'EXPIRED') : changed([], []),
  );
}
