import { fullnessChanged } from '../../generated/contract/messages/pet-status.ts';
import { mustExist } from '../invariant.ts';
import type { Facts, Need, Needs } from './facts.ts';
import { applyChange, change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';
import { applyInSlotOrder } from './slot-order.ts';
import { despawnSpawned } from './slots.ts';

/** A pet whose fullness is this or less after an evaluation of its hunger despawns. */
const MAX_STARVING_FULLNESS = 5;
/** What a pet loses if the template service fails at its template again and again: it is not punished for that. */
const UNAVAILABLE_HUNGER = 0;

/**
 * Evaluates the hunger of an owner's spawned pets, in slot order. Each loses its template's hunger of fullness, down to
 * 0, and despawns if 5 or less is left, whether it lost anything or not. A pet whose template is unavailable loses
 * nothing this time.
 *
 * Emits for each pet FULLNESS_CHANGED if its fullness changed, with its slot of that moment, then what a despawn emits.
 *
 * @param spawnedPets an owner's.
 */
export function getHungry(spawnedPets: readonly Pet[], facts: Facts): Changed | Needs {
  const needs: Need[] = [];
  const hungerOf = new Map<number, number>();
  for (const { id, templateId } of spawnedPets) {
    const template = facts.ask('petTemplate', templateId);
    if (template.kind === 'needs') needs.push(...template.needs);
    else hungerOf.set(id, template.kind === 'known' ? template.answer.hunger : UNAVAILABLE_HUNGER);
  }
  if (needs.length > 0) return { kind: 'needs', needs };
  return applyInSlotOrder(spawnedPets, (pet, others) => {
    const hunger = mustExist(hungerOf.get(pet.id), `the hunger of pet ${String(pet.id)}`);
    return loseFullness(pet, others, hunger);
  });
}

function loseFullness(pet: Pet, spawnedPets: readonly Pet[], hunger: number): Changed {
  const { id: petId, ownerId, slot } = pet;
  const fullness = Math.max(0, pet.fullness - hunger);
  const amount = fullness - pet.fullness;
  const fed = change(pet, { fullness });
  const lost =
    amount === 0 ? changed([], []) : changed([fed], [fullnessChanged({ petId, ownerId, body: { slot, fullness, amount } })]); // prettier-ignore
  if (fullness > MAX_STARVING_FULLNESS) return lost;
  const { changes, events } = despawnSpawned(applyChange(pet, fed), spawnedPets, 'HUNGER');
  return changed([...lost.changes, ...changes], [...lost.events, ...events]);
}
