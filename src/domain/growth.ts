import { closenessChanged, levelChanged } from '../../generated/contract/messages/pet-status.js';
import { mustExist } from '../invariant.ts';
import { change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

export const MIN_LEVEL = 1;
export const MAX_LEVEL = 30;
export const MAX_CLOSENESS = 30_000;

/** The closeness at which a pet of level 1, 2, ... 29 reaches the next level. */
export const CLOSENESS_TO_NEXT_LEVEL: readonly number[] = [
  1, 3, 6, 14, 31, 60, 108, 181, 287, 434, 632, 891, 1224, 1642, 2161, 2793, 3557, 4467, 5542, 6801, 8263, 9950, 11882,
  14084, 16578, 19391, 22547, 26074, 30000,
];

/**
 * Raises the closeness, up to 30000; the pet levels up as long as its new closeness is enough.
 *
 * Emits LEVEL_CHANGED if the level rose, then always CLOSENESS_CHANGED, with amount 0 for an award that changes nothing:
 * somebody waits for the answer to `transactionId`. Amounts are what was really applied.
 *
 * @param amount 0 to 65535.
 */
export function awardCloseness(pet: Pet, amount: number, transactionId: string): Changed {
  const closeness = Math.min(pet.closeness + amount, MAX_CLOSENESS);
  const level = levelReached(pet.level, closeness);
  const { id: petId, ownerId, slot } = pet;
  const body = { slot, closeness, amount: closeness - pet.closeness, transactionId };
  const event = closenessChanged({ petId, ownerId, body });
  if (level === pet.level) return changed([change(pet, { closeness })], [event]);
  return changed([change(pet, { closeness, level })], [levelChangedEvent(pet, level), event]);
}

/**
 * Raises the level, up to 30. Emits LEVEL_CHANGED with the amount that was really applied.
 *
 * @param amount 0 to 255.
 */
export function awardLevel(pet: Pet, amount: number): Changed {
  const level = Math.min(pet.level + amount, MAX_LEVEL);
  return changed([change(pet, { level })], [levelChangedEvent(pet, level)]);
}

/** @param pet as it was before. */
function levelChangedEvent({ id: petId, ownerId, slot, level: oldLevel }: Pet, level: number) {
  return levelChanged({ petId, ownerId, body: { slot, level, amount: level - oldLevel } });
}

/** Returns the level that a pet of `level` reaches with this closeness. */
function levelReached(level: number, closeness: number): number {
  let reached = level;
  while (reached < MAX_LEVEL && closeness >= closenessToNextLevel(reached)) reached += 1;
  return reached;
}

function closenessToNextLevel(level: number): number {
  return mustExist(CLOSENESS_TO_NEXT_LEVEL[level - MIN_LEVEL], `the closeness to pass level ${String(level)}`);
}
