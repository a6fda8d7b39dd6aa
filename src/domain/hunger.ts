import { fullnessChanged } from '../../generated/contract/messages/pet-status.ts';
import { allNeeds } from './facts.ts';
import type { Facts, Needs } from './facts.ts';
import { applyInSlotOrder } from './slot-order.ts';
import { applyChange, change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';
import { takeIn } from './slots.ts';

/** As hungry as this, a pet goes home. */
const STARVING = 5;

/**
 * The spawned pets of an owner get hungry, in slot order: each loses its template's hunger of fullness, not below 0, and
 * is taken back in where 5 or less is left, whether it lost anything or not.
 *
 * A pet whose template cannot be had loses nothing this time.
 *
 * Tells of each FULLNESS_CHANGED where it changed, with its slot of that moment, then what HUNGER takes in.
 *
 * @param out an owner's spawned pets.
 */
export function getHungry(out: readonly Pet[], facts: Facts): Changed | Needs {
  const kinds = out.map(({ templateId }) => facts.ask('petTemplate', templateId));
  if (kinds.some(({ kind }) => kind === 'needs')) return allNeeds(...kinds);
  const hungerOf = new Map(
    kinds.flatMap((kind, index) => (kind.kind === 'known' ? [[out[index]?.id, kind.answer.hunger]] : [])),
  );
  return applyInSlotOrder(out, (others, pet) => {
    const fullness = Math.max(0, pet.fullness - (hungerOf.get(pet.id) ?? 0));
    const fed = change(pet, { fullness });
    const { id: petId, ownerId, slot } = pet;
    const amount = fullness - pet.fullness;
    const lost = amount === 0 ? [] : [fullnessChanged({ petId, ownerId, body: { slot, fullness, amount } })];
    if (fullness > STARVING) return changed(lost.length > 0 ? [fed] : [], lost);
    const { changes, events } = takeIn(others, applyChange(pet, fed), 'HUNGER');
    return changed([fed, ...changes], [...lost, ...events]);
  });
}
