import { deleted } from '../../generated/contract/messages/pet-status.ts';
import { changed, isSpawned } from './pet.ts';
import type { Ambiguous, Changed, Nothing, Pet } from './pet.ts';
import { closeRanks } from './slots.ts';

/**
 * All of an owner's pets are gone, with their owner.
 *
 * Tells DELETED of each: of the spawned ones by slot, then of the others by id. Nobody moves.
 */
export function deleteAll(pets: readonly Pet[]): Changed {
  const order = (pet: Pet) => (isSpawned(pet) ? pet.slot : Infinity);
  const gone = pets.toSorted((a, b) => (order(a) === order(b) ? a.id - b.id : order(a) - order(b)));
  return changed([], gone.map(told), gone);
}

/** An item that was deleted. */
export interface DeletedAsset {
  /** uint32. */
  readonly templateId: number;
  /** When that was told: milliseconds since 1970. */
  readonly toldAt: number;
}

/** A pet that is created later than so many milliseconds after an item's deletion was told is not that item. */
const YOUNGER = 60_000;

/**
 * The pet that an item was is gone with it: the owner's only one of that template, as long as nobody knows better.
 *
 * Tells SLOT_CHANGED of the pets above it, lowest slot first, then DELETED.
 *
 * @param pets all of the owner's.
 */
export function deleteAsset(pets: readonly Pet[], { templateId, toldAt }: DeletedAsset): Changed | Nothing | Ambiguous {
  const candidates = pets.filter((pet) => pet.templateId === templateId && pet.createdAt <= toldAt + YOUNGER);
  const [pet] = candidates;
  if (pet === undefined) return { kind: 'nothing' };
  if (candidates.length > 1) {
    const ids = candidates.map(({ id }) => String(id)).join(', ');
    return { kind: 'ambiguous', message: `it may have been any of the pets ${ids}` };
  }
  const { pets: moved, events } = closeRanks(pets.filter(isSpawned), pet);
  return changed(moved, [...events, told(pet)], [pet]);
}

/** Classes of items, by the leading digits of their templates: what is paid for, and the pets among that. */
const CASH = 5;
const PET = 500;

export function isPetItem(templateId: number): boolean {
  return Math.floor(templateId / 1_000_000) === CASH && Math.floor(templateId / 10_000) === PET;
}

function told({ id: petId, ownerId }: Pet) {
  return deleted({ petId, ownerId });
}
