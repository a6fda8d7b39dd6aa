import { fullnessChanged } from '../../generated/contract/messages/pet-status.js';
import { mustExist } from '../invariant.ts';
import type { Facts, Need, Needs } from './facts.ts';
import { applyChange, change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';
import { applyInSlotOrder } from './slot-order.ts';
import type { SessionChange } from './session.ts';
import { despawnSpawned } from './slots.ts';

/** A pet whose fullness is this or less after an evaluation of its hunger despawns. */
const MAX_STARVING_FULLNESS = 5;
/** The fullness that a pet loses if the data service repeatedly fails to return its template: the pet must not suffer from that. */
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

/**
 * Returns when the hunger of a character's pets is evaluated next, after a change of its session: a session that begins
 * waits one interval; an existing one keeps its time, so a LOGIN within a session does not restart hunger.
 *
 * The service uses the same rule in SQL (src/store/tables/character-session.ts); test/store/rules.int.test.ts compares both.
 *
 * @param dueAt when it is due so far; null without a session.
 * @param now milliseconds since 1970, like the result.
 * @returns null without a session.
 */
export function hungerDueAfter(
  dueAt: number | null,
  { session }: Pick<SessionChange, 'session'>,
  now: number,
  intervalMs: number,
): number | null {
  if (session === null) return null;
  return dueAt ?? nextHungerAt(now, intervalMs);
}

/**
 * Returns when hunger is due after an evaluation, or after the start of a session: one interval from `now`, not from when it
 * was due. Evaluations that an outage missed are not caught up.
 *
 * @param now milliseconds since 1970, like the result.
 */
export function nextHungerAt(now: number, intervalMs: number): number {
  return now + intervalMs;
}
