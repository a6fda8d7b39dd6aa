import { closenessChanged, levelChanged } from '../../generated/contract/messages/pet-status.ts';
import { change, changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

export const MIN_LEVEL = 1;
export const MAX_LEVEL = 30;
export const MAX_CLOSENESS = 30_000;

/** Closeness at which a pet of level 1, 2, ... 29 reaches the next one. */
export const CLOSENESS_TO_NEXT_LEVEL: readonly number[] = [
  1, 3, 6, 14, 31, 60, 108, 181, 287, 434, 632, 891, 1224, 1642, 2161, 2793, 3557, 4467, 5542, 6801, 8263, 9950, 11882,
  14084, 16578, 19391, 22547, 26074, 30000,
];

/**
 * Closeness rises, capped at 30000; the pet levels up while the closeness after that is enough.
 *
 * Tells LEVEL_CHANGED where the level rose, then always CLOSENESS_CHANGED (an award that changes nothing says amount
 * 0): whoever waits on `transactionId` is answered. Amounts are what was really applied.
 *
 * @param amount 0 to 65535.
 */
export function awardCloseness(pet: Pet, amount: number, transactionId: string): Changed {
  const closeness = Math.min(pet.closeness + amount, MAX_CLOSENESS);
  const level = levelReached(pet.level, closeness);
  const { id: petId, ownerId, slot } = pet;
  const told = closenessChanged({
    petId,
    ownerId,
    body: { slot, closeness, amount: closeness - pet.closeness, transactionId },
  });
  if (level === pet.level) return changed([change(pet, { closeness })], [told]);
  return changed([change(pet, { closeness, level })], [levelled(pet, level), told]);
}

/**
 * The level rises, capped at 30. Tells LEVEL_CHANGED with what was really applied.
 *
 * @param amount 0 to 255.
 */
export function awardLevel(pet: Pet, amount: number): Changed {
  const level = Math.min(pet.level + amount, MAX_LEVEL);
  return changed([change(pet, { level })], [levelled(pet, level)]);
}

function levelled({ id: petId, ownerId, slot, level: before }: Pet, level: number) {
  return levelChanged({ petId, ownerId, body: { slot, level, amount: level - before } });
}

/** The level, from `level` on, that `closeness` is enough for. */
function levelReached(level: number, closeness: number): number {
  let reached = level;
  while (reached < MAX_LEVEL && closeness >= closenessNeeded(reached)) reached += 1;
  return reached;
}

function closenessNeeded(level: number): number {
  return CLOSENESS_TO_NEXT_LEVEL[level - 1] ?? Infinity;
}
