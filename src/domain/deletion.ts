import { deleted } from '../../generated/contract/messages/pet-status.ts';
import type { PetAsset } from './facts.ts';
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
  /** Where it lay, int16. */
  readonly slot: number;
  /** When that was told: milliseconds since 1970. */
  readonly deletedAt: number;
}

/** A pet that is created later than so many milliseconds after an item's deletion was told is not that item. */
const YOUNGER = 60_000;

/**
 * The pet that an item was is gone with it. Where the inventory still has the item, it says which pet that is. Where the
 * item is gone already, it is the pet of that template that no item left there names; without an inventory the owner's
 * only one.
 *
 * Tells SLOT_CHANGED of the pets above it, lowest slot first, then DELETED.
 *
 * @param pets all of the owner's.
 * @param assets the pet items that the owner has; undefined where there is no inventory service.
 */
export function deleteAsset(
  pets: readonly Pet[],
  { templateId, slot, deletedAt }: DeletedAsset,
  assets: readonly PetAsset[] = [],
): Changed | Nothing | Ambiguous {
  const held = assets.find((asset) => asset.slot === slot && asset.templateId === templateId);
  if (held !== undefined) return gone(pets, pets.filter(({ id }) => id === held.petId)); // prettier-ignore
  const left = new Set(assets.map(({ petId }) => petId));
  const candidates = pets.filter((pet) => {
    return pet.templateId === templateId && !left.has(pet.id) && pet.createdAt <= deletedAt + YOUNGER;
  });
  return gone(pets, candidates);
}

/** So many pets are named where several may have been meant: the sentence is a header of a dead letter. */
const MAX_NAMED = 10;

/** The one pet that it can be. */
function gone(pets: readonly Pet[], [pet, ...others]: readonly Pet[]): Changed | Nothing | Ambiguous {
  if (pet === undefined) return { kind: 'nothing' };
  if (others.length > 0) {
    const ids = [pet, ...others].slice(0, MAX_NAMED).map(({ id }) => String(id));
    const more = others.length + 1 - ids.length;
    const what = `${ids.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
    return { kind: 'ambiguous', message: `it may have been any of the pets ${what}` };
  }
  const { changes, events } = closeRanks(pets.filter(isSpawned), pet);
  return changed(changes, [...events, told(pet)], [pet]);
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
