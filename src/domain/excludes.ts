import { excludeChanged } from '../../generated/contract/messages/pet-status.ts';
import { change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

/** Replaces the items that auto-loot skips; of doubled ones the first counts. Tells EXCLUDE_CHANGED, always. */
export function exclude(pet: Pet, items: readonly number[]): Changed {
  const excludes = [...new Set(items)];
  return changed(
    [change(pet, { excludes })],
    [excludeChanged({ petId: pet.id, ownerId: pet.ownerId, body: { items: excludes } })],
  );
}
