/** Rules as tables: given some pets of one owner, when a rule is applied, then these events, or this rejection. */
import { expect } from '@jest/globals';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { applyChange, isSpawned, NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Changed, Decision, Pet } from '../../src/domain/pet.ts';

export const OWNER = 12_340;

export function pet(id: number, fields: Partial<Pet> = {}): Pet {
  return {
    id,
    ownerId: OWNER,
    templateId: 5_000_017,
    name: `Pet${String(id)}`,
    level: 1,
    closeness: 0,
    fullness: 100,
    expiration: null,
    slot: NOT_SPAWNED,
    excludes: [],
    createdAt: 0,
    ...fields,
  };
}

/** A rule of the pet with the id, given the spawned pets of its owner by slot. */
type Rule = (subject: Pet, spawnedPets: readonly Pet[]) => Decision;

export function given(...pets: readonly Pet[]) {
  return {
    when(id: number, rule: Rule) {
      const spawnedPets = pets.filter(isSpawned).sort((a, b) => a.slot - b.slot);
      const subject = pets.find((one) => one.id === id);
      if (subject === undefined) throw new Error(`no pet ${String(id)} was given`);
      const decision = rule(subject, spawnedPets);
      return {
        decision,
        then(...events: readonly PetStatusEvent[]) {
          expect(decision).toMatchObject({ kind: 'changed', events });
          expectValidSlots(pets, decision);
        },
        rejectedWith(reason: string) {
          expect(decision).toEqual({ kind: 'rejected', reason });
        },
      };
    },
  };
}

/** After every command the slots in use are 0, 0-1 or 0-1-2. */
function expectValidSlots(before: readonly Pet[], decision: Decision): void {
  if (decision.kind !== 'changed') return;
  const slots = after(before, decision)
    .filter(isSpawned)
    .map((one) => one.slot);
  expect(slots.sort()).toEqual(slots.map((_, index) => index));
}

/** The pets after a decision, those that it does not change included. */
export function after(before: readonly Pet[], { changes }: Changed): Pet[] {
  return before.map((one) => changes.filter(({ petId }) => petId === one.id).reduce(applyChange, one));
}
