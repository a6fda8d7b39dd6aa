import { excludeChanged } from '../../generated/contract/messages/pet-status.js';
import { change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

/**
 * Replaces the items that auto-loot skips. The order stays; of duplicates the first counts. Always emits
 * EXCLUDE_CHANGED.
 */
export function exclude(pet: Pet, items: readonly number[]): Changed {
  const excludes = [...new Set(items)];
  return changed(
    [change(pet, { excludes })],
    [excludeChanged({ petId: pet.id, ownerId: pet.ownerId, body: { items: excludes } })],
  );
}
