import { despawned, slotChanged, spawned } from '../../generated/contract/messages/pet-status.ts';
import type { DespawnReason } from '../../generated/contract/messages/pet-status.ts';
import { allNeeds, known } from './facts.ts';
import type { Asked, Known, Needs } from './facts.ts';
import { applyChange, change, changed, isSpawned, LEAD, MAX_SPAWNED, NOT_SPAWNED, rejected } from './pet.ts';
import type { Changed, CommandDecision, Pet, PetChange, Position, Rejected } from './pet.ts';
import type { Spot } from './spot.ts';

/** What a spawn depends on beside the pet itself. */
export interface SpawnTerms {
  /** Take slot 0. */
  readonly lead: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether its owner may have more than one pet out; asked only where one is. */
  mayHaveMore(): Asked<'multiPetSkill'>;
  /** Where it comes out; asked only where it does. */
  spot(): Known<Spot> | Needs;
}

/**
 * Takes a pet out: into the lowest free slot, or, as the lead, into slot 0, where the pets that are out move up one,
 * highest slot first. Asked to lead, a pet that is out already is promoted.
 *
 * @param out the owner's spawned pets, by slot; may hold `pet` itself.
 */
export function spawn(out: readonly Pet[], pet: Pet, terms: SpawnTerms): CommandDecision {
  if (isExpired(pet, terms.now)) return rejected('PET_EXPIRED');
  if (isSpawned(pet)) return terms.lead && pet.slot !== LEAD ? promote(out, pet) : rejected('ALREADY_SPAWNED');
  if (out.length >= MAX_SPAWNED) return rejected('TOO_MANY_SPAWNED');
  const mayJoin = out.length === 0 ? known(true) : terms.mayHaveMore();
  if (mayJoin.kind === 'unavailable') return rejected('FACT_UNAVAILABLE');
  const spot = terms.spot();
  if (mayJoin.kind === 'needs' || spot.kind === 'needs') return allNeeds(mayJoin, spot);
  if (!mayJoin.answer) return rejected('MULTI_PET_SKILL_REQUIRED');

  const moved = terms.lead ? moveUp(out) : [];
  const comingOut = moveTo(pet, terms.lead ? LEAD : lowestFree(out));
  const moves = [...moved, comingOut];
  const { position, isNew } = spot.answer;
  const spawnedPet = applyChange(pet, changeOf(comingOut));
  const decision = changed(moves.map(changeOf), [...moves.map(told), spawnedAt(spawnedPet, position)]);
  return isNew ? { ...decision, newPosition: { petId: pet.id, position } } : decision;
}

/** Makes a pet in slot 1 or 2 the lead: the pets in lower slots move up one, highest first, then it takes slot 0. */
function promote(out: readonly Pet[], pet: Pet): CommandDecision {
  const moves = [...moveUp(out.filter((other) => other.slot < pet.slot)), moveTo(pet, LEAD)];
  return changed(moves.map(changeOf), moves.map(told));
}

/**
 * Takes a pet back in: the pets above it move down one, lowest slot first, then it leaves its own slot.
 *
 * @param out the owner's spawned pets, by slot.
 */
export function despawn(out: readonly Pet[], pet: Pet, reason: DespawnReason): Changed | Rejected {
  return isSpawned(pet) ? takeIn(out, pet, reason) : rejected('NOT_SPAWNED');
}

/**
 * What {@link despawn} does with a pet that is out.
 *
 * @param out the owner's spawned pets.
 */
export function takeIn(out: readonly Pet[], pet: Pet, reason: DespawnReason): Changed {
  const { changes, events } = closeRanks(out, pet);
  const leaving = moveTo(pet, NOT_SPAWNED);
  return changed([...changes, changeOf(leaving)], [...events, told(leaving), despawnedFrom(pet, reason)]);
}

/**
 * The pets above one that leaves move down one, lowest slot first.
 *
 * @param out the owner's spawned pets.
 */
export function closeRanks(out: readonly Pet[], leaving: Pet): Changed {
  const moves = isSpawned(leaving) ? moveDown(out.filter((other) => other.slot > leaving.slot)) : [];
  return changed(moves.map(changeOf), moves.map(told));
}

/** Expired from its expiration on. */
export function isExpired(pet: Pet, now: number): boolean {
  return pet.expiration !== null && pet.expiration <= now;
}

function lowestFree(out: readonly Pet[]): number {
  let slot = LEAD;
  while (out.some((pet) => pet.slot === slot)) slot += 1;
  return slot;
}

interface SlotShift {
  readonly pet: Pet;
  readonly newSlot: number;
}

function moveTo(pet: Pet, newSlot: number): SlotShift {
  return { pet, newSlot };
}

function moveUp(pets: readonly Pet[]): SlotShift[] {
  return pets.toSorted((a, b) => b.slot - a.slot).map((pet) => moveTo(pet, pet.slot + 1));
}

function moveDown(pets: readonly Pet[]): SlotShift[] {
  return pets.toSorted((a, b) => a.slot - b.slot).map((pet) => moveTo(pet, pet.slot - 1));
}

function changeOf({ pet, newSlot }: SlotShift): PetChange {
  return change(pet, { slot: newSlot });
}

function told({ pet: { id: petId, ownerId, slot: oldSlot }, newSlot }: SlotShift) {
  return slotChanged({ petId, ownerId, body: { oldSlot, newSlot } });
}

function spawnedAt({ id: petId, ownerId, templateId, name, slot, level, closeness, fullness }: Pet, place: Position) {
  return spawned({ petId, ownerId, body: { templateId, name, slot, level, closeness, fullness, ...place } });
}

/** @param pet as it was before. */
function despawnedFrom(pet: Pet, reason: DespawnReason) {
  const { id: petId, ownerId, templateId, name, slot: oldSlot, level, closeness, fullness } = pet;
  const body = { templateId, name, slot: NOT_SPAWNED, level, closeness, fullness, oldSlot, reason };
  return despawned({ petId, ownerId, body });
}
