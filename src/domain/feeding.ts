import { fullnessChanged } from '../../generated/contract/messages/pet-status.ts';
import { change, changed, MAX_FULLNESS } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

/**
 * Fullness rises, capped at 100. Tells FULLNESS_CHANGED with what was really applied.
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
