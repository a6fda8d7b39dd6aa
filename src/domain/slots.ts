import { despawned, slotChanged, spawned } from '../../generated/contract/messages/pet-status.js';
import type { DespawnReason } from '../../generated/contract/messages/pet-status.js';
import { allNeeds, known } from './facts.ts';
import type { FactResult, KnownFact, Needs } from './facts.ts';
import { applyChange, change, changed, isSpawned, LEAD, MAX_SPAWNED, NOT_SPAWNED, rejected } from './pet.ts';
import type { Changed, CommandDecision, Pet, PetChange, Position } from './pet.ts';
import type { SpawnPosition } from './spawn-position.ts';

/** What a spawn depends on besides the pets. */
export interface SpawnTerms {
  /** Whether to take slot 0. */
  readonly lead: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Asks whether the owner may have more than one spawned pet. Called only if another pet is spawned. */
  mayHaveMore(): FactResult<'multiPetSkill'>;
  /** Asks for the position. Called only if the pet spawns. */
  position(): KnownFact<SpawnPosition> | Needs;
}

/**
 * Spawns a pet: in the lowest free slot, or, with `lead`, in slot 0; then the spawned pets move up one, highest slot
 * first. With `lead`, a pet that is spawned already is promoted.
 *
 * @param spawnedPets the owner's, by slot; `pet` may be one of them.
 */
export function spawn(pet: Pet, spawnedPets: readonly Pet[], terms: SpawnTerms): CommandDecision {
  if (isExpired(pet, terms.now)) return rejected('PET_EXPIRED');
  if (isSpawned(pet)) return terms.lead && pet.slot !== LEAD ? promote(pet, spawnedPets) : rejected('ALREADY_SPAWNED');
  if (spawnedPets.length >= MAX_SPAWNED) return rejected('TOO_MANY_SPAWNED');
  const mayJoin = spawnedPets.length === 0 ? known(true) : terms.mayHaveMore();
  if (mayJoin.kind === 'unavailable') return rejected('FACT_UNAVAILABLE');
  const spawnPosition = terms.position();
  if (mayJoin.kind === 'needs' || spawnPosition.kind === 'needs') return allNeeds(mayJoin, spawnPosition);
  if (!mayJoin.answer) return rejected('MULTI_PET_SKILL_REQUIRED');

  const own = shiftTo(pet, terms.lead ? LEAD : lowestFreeSlot(spawnedPets));
  const shifts = [...(terms.lead ? shiftUp(spawnedPets) : []), own];
  const { position, isNew } = spawnPosition.answer;
  const spawnedPet = applyChange(pet, changeOf(own));
  const decision = changed(shifts.map(changeOf), [...shifts.map(slotChangedEvent), spawnedEvent(spawnedPet, position)]);
  return isNew ? { ...decision, newPosition: { petId: pet.id, position } } : decision;
}

/** Makes a pet in slot 1 or 2 the lead: the pets in lower slots move up one, highest first, then it takes slot 0. */
function promote(pet: Pet, spawnedPets: readonly Pet[]): CommandDecision {
  const shifts = [...shiftUp(spawnedPets.filter((other) => other.slot < pet.slot)), shiftTo(pet, LEAD)];
  return changed(shifts.map(changeOf), shifts.map(slotChangedEvent));
}

/**
 * Despawns a pet: the pets in higher slots move down one, lowest slot first, then the pet leaves its slot.
 *
 * @param spawnedPets the owner's.
 */
export function despawn(pet: Pet, spawnedPets: readonly Pet[], reason: DespawnReason): CommandDecision {
  return isSpawned(pet) ? despawnSpawned(pet, spawnedPets, reason) : rejected('NOT_SPAWNED');
}

/**
 * Despawns a pet that is spawned, as {@link despawn} does.
 *
 * @param spawnedPets the owner's.
 */
export function despawnSpawned(pet: Pet, spawnedPets: readonly Pet[], reason: DespawnReason): Changed {
  const { changes, events } = closeGap(pet, spawnedPets);
  const own = shiftTo(pet, NOT_SPAWNED);
  return changed([...changes, changeOf(own)], [...events, slotChangedEvent(own), despawnedEvent(pet, reason)]);
}

/**
 * Moves the pets in higher slots than a pet that leaves down one, lowest slot first.
 *
 * @param spawnedPets the owner's.
 */
export function closeGap(leaving: Pet, spawnedPets: readonly Pet[]): Changed {
  const shifts = isSpawned(leaving) ? shiftDown(spawnedPets.filter((other) => other.slot > leaving.slot)) : [];
  return changed(shifts.map(changeOf), shifts.map(slotChangedEvent));
}

/** Whether a pet has expired: from its expiration on. */
export function isExpired(pet: Pet, now: number): boolean {
  return pet.expiration !== null && pet.expiration <= now;
}

function lowestFreeSlot(spawnedPets: readonly Pet[]): number {
  let slot = LEAD;
  while (spawnedPets.some((pet) => pet.slot === slot)) slot += 1;
  return slot;
}

interface SlotShift {
  /** As it was before. */
  readonly pet: Pet;
  readonly newSlot: number;
}

function shiftTo(pet: Pet, newSlot: number): SlotShift {
  return { pet, newSlot };
}

function shiftUp(pets: readonly Pet[]): SlotShift[] {
  return pets.toSorted((a, b) => b.slot - a.slot).map((pet) => shiftTo(pet, pet.slot + 1));
}

function shiftDown(pets: readonly Pet[]): SlotShift[] {
  return pets.toSorted((a, b) => a.slot - b.slot).map((pet) => shiftTo(pet, pet.slot - 1));
}

function changeOf({ pet, newSlot }: SlotShift): PetChange {
  return change(pet, { slot: newSlot });
}

function slotChangedEvent({ pet: { id: petId, ownerId, slot: oldSlot }, newSlot }: SlotShift) {
  return slotChanged({ petId, ownerId, body: { oldSlot, newSlot } });
}

/** @param pet as it is after it spawned. */
function spawnedEvent(pet: Pet, position: Position) {
  const { id: petId, ownerId, templateId, name, slot, level, closeness, fullness } = pet;
  return spawned({ petId, ownerId, body: { templateId, name, slot, level, closeness, fullness, ...position } });
}

/** @param pet as it was before it despawned. */
function despawnedEvent(pet: Pet, reason: DespawnReason) {
  const { id: petId, ownerId, templateId, name, slot: oldSlot, level, closeness, fullness } = pet;
  const body = { templateId, name, slot: NOT_SPAWNED, level, closeness, fullness, oldSlot, reason };
  return despawned({ petId, ownerId, body });
}
