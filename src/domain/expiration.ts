import { applyInSlotOrder } from './slot-order.ts';
import { changed } from './pet.ts';
import type { Changed, Pet } from './pet.ts';
import { isExpired, takeIn } from './slots.ts';

/**
 * The spawned pets of an owner whose time has come are taken back in, in slot order. Tells of each what EXPIRED takes in.
 *
 * @param out an owner's spawned pets.
 * @param now milliseconds since 1970.
 */
export function expire(out: readonly Pet[], now: number): Changed {
  return applyInSlotOrder(out, (others, pet) =>
    isExpired(pet, now) ? takeIn(others, pet, 'EXPIRED') : changed([], []),
  );
}
