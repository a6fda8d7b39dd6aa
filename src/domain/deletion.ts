import { deleted } from '../../generated/contract/messages/pet-status.js';
import type { PetAsset } from './facts.ts';
import { changed, isSpawned } from './pet.ts';
import type { Ambiguous, Changed, Nothing, Pet } from './pet.ts';
import { closeGap } from './slots.ts';

/**
 * Deletes all pets of a deleted character. Emits DELETED of each: of the spawned ones by slot, then of the others by id;
 * no SLOT_CHANGED.
 */
export function deleteAllPets(ownedPets: readonly Pet[]): Changed {
  const order = (pet: Pet) => (isSpawned(pet) ? pet.slot : Infinity);
  const pets = ownedPets.toSorted((a, b) => (order(a) === order(b) ? a.id - b.id : order(a) - order(b)));
  return changed([], pets.map(deletedEvent), pets);
}

/** A deleted item. */
export interface DeletedAsset {
  /** uint32. */
  readonly templateId: number;
  /** Its slot in the inventory, int16. */
  readonly slot: number;
  /** The timestamp of the event: milliseconds since 1970. */
  readonly deletedAt: number;
}

/** A pet that was created more than this after an item's deletion is not that item. Clocks may differ by less. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/**
 * Deletes the pet that a deleted item was. If the inventory still has the item, it names the pet. Else it is the owner's
 * only pet of that template that was not created after the deletion and that no other item names. If that is not exactly
 * one pet, it is never guessed: none is nothing to do, several are ambiguous.
 *
 * Emits SLOT_CHANGED of the pets in higher slots, lowest slot first, then DELETED.
 *
 * @param assets the owner's pet items; undefined without an inventory service.
 */
export function deleteAsset(
  ownedPets: readonly Pet[],
  { templateId, slot, deletedAt }: DeletedAsset,
  assets: readonly PetAsset[] = [],
): Changed | Nothing | Ambiguous {
  const item = assets.find((asset) => asset.slot === slot && asset.templateId === templateId);
  if (item !== undefined) return deleteOnly(ownedPets.filter(({ id }) => id === item.petId), ownedPets); // prettier-ignore
  const namedByItems = new Set(assets.map(({ petId }) => petId));
  const candidates = ownedPets.filter(
    (pet) =>
      pet.templateId === templateId &&
      !namedByItems.has(pet.id) &&
      pet.createdAt <= deletedAt + MAX_CLOCK_DIFFERENCE_MS,
  );
  return deleteOnly(candidates, ownedPets);
}

/** The sentence about an ambiguous asset is a header of its dead letter, so it names at most this many pets. */
const MAX_NAMED_PETS = 10;

/** Deletes the candidate if it is the only one. */
function deleteOnly(candidates: readonly Pet[], ownedPets: readonly Pet[]): Changed | Nothing | Ambiguous {
  const [pet, ...others] = candidates;
  if (pet === undefined) return { kind: 'nothing' };
  if (others.length > 0) {
    const ids = candidates.slice(0, MAX_NAMED_PETS).map(({ id }) => String(id));
    const more = candidates.length - ids.length;
    const named = `${ids.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
    return { kind: 'ambiguous', message: `the item may be any of the pets ${named}` };
  }
  const { changes, events } = closeGap(pet, ownedPets.filter(isSpawned));
  return changed(changes, [...events, deletedEvent(pet)], [pet]);
}

/** The classes of items, by the leading digits of their templates: cash items, and the pets among them. */
const CASH_CLASS = 5;
const PET_CLASS = 500;

/** Whether items of a template are pets. */
export function isPetItem(templateId: number): boolean {
  return Math.floor(templateId / 1_000_000) === CASH_CLASS && Math.floor(templateId / 10_000) === PET_CLASS;
}

function deletedEvent({ id: petId, ownerId }: Pet) {
  return deleted({ petId, ownerId });
}
