import { changed, isSpawned } from './pet.ts';
import type { Changed, Pet } from './pet.ts';

/**
 * Asks a rule of each pet in slot order, each time of the pets as the turns before have left them: all that one of them
 * causes is told before the next one's turn.
 *
 * @param out an owner's spawned pets.
 */
export function applyInSlotOrder(
  out: readonly Pet[],
  rule: (out: readonly Pet[], pet: Pet) => Pick<Changed, 'pets' | 'events'>,
): Changed {
  const bySlot = out.toSorted((a, b) => a.slot - b.slot);
  const after = new Map(bySlot.map((pet) => [pet.id, pet]));
  const touched = new Set<number>();
  const told = bySlot.flatMap(({ id }) => {
    const pet = after.get(id);
    if (pet === undefined) return [];
    const { pets, events } = rule([...after.values()].filter(isSpawned), pet);
    for (const one of pets) {
      after.set(one.id, one);
      touched.add(one.id);
    }
    return events;
  });
  return changed(
    [...after.values()].filter(({ id }) => touched.has(id)),
    told,
  );
}
