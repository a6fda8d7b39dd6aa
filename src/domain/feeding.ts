import { fullnessChanged } from '../../generated/contract/messages/pet-status.js';
import { change, changed, MAX_FULLNESS } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

/**
 * Raises the fullness, up to 100. Emits FULLNESS_CHANGED with the amount that was really applied.
 *
 * @param amount 0 to 255.
 */
export function awardFullness(pet: Pet, amount: number): Changed {
  const fullness = Math.min(pet.fullness + amount, MAX_FULLNESS);
  const { id: petId, ownerId, slot } = pet;
  return changed(
    [change(pet, { fullness })],
    [fullnessChanged({ petId, ownerId, body: { slot, fullness, amount: fullness - pet.fullness } })],
  );
}
