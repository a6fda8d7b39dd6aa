import { describe, expect, it } from '@jest/globals';
import { despawned, fullnessChanged, slotChanged } from '../../generated/contract/messages/pet-status.ts';
import { getHungry } from '../../src/domain/hunger.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { factsOf } from '../support/facts.ts';
import { after, OWNER, pet } from './given.ts';

/** Hungry by 6, by nothing, by 200. */
const HUNGER = new Map([
  [5_000_017, 6],
  [5_000_018, 0],
  [5_000_019, 200],
]);
const facts = factsOf({ petTemplate: (id) => ({ hunger: HUNGER.get(id) ?? 0, skills: new Map() }) });

const fuller = (petId: number, slot: number, fullness: number, amount: number) =>
  fullnessChanged({ petId, ownerId: OWNER, body: { slot, fullness, amount } });
const moved = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });
const wentHome = (id: number, oldSlot: number, fullness: number, templateId = 5_000_017) => [
  moved(id, oldSlot, -1),
  despawned({
    petId: id,
    ownerId: OWNER,
    body: {
      templateId,
      name: `Pet${String(id)}`,
      slot: -1,
      level: 1,
      closeness: 0,
      fullness,
      oldSlot,
      reason: 'HUNGER',
    },
  }),
];

function hungry(...pets: readonly Pet[]) {
  const decision = getHungry(pets, facts);
  if (decision.kind !== 'changed') throw new Error(decision.kind);
  const changedPets = pets.filter(({ id }) => decision.changes.some(({ petId }) => petId === id));
  return {
    events: decision.events,
    after: after(changedPets, decision).map(({ id, slot, fullness }) => [id, slot, fullness]),
  };
}

describe('spawned pets get hungry', () => {
  it.each([
    [100, 94],
    [12, 6],
  ])('%i becomes %i, told with what was lost', (fullness, after) => {
    expect(hungry(pet(1, { slot: 0, fullness }))).toEqual({
      events: [fuller(1, 0, after, -6)],
      after: [[1, 0, after]],
    });
  });

  it.each([
    [11, 5, -6],
    [6, 0, -6],
    [3, 0, -3],
  ])('at 5 or less they go home: %i', (fullness, after, amount) => {
    expect(hungry(pet(1, { slot: 0, fullness }))).toEqual({
      events: [fuller(1, 0, after, amount), ...wentHome(1, 0, after)],
      after: [[1, -1, after]],
    });
  });

  it('at 5 or less they go home although they lost nothing', () => {
    const full = (fullness: number) => pet(1, { slot: 0, fullness, templateId: 5_000_018 });
    expect(hungry(full(5)).events).toEqual(wentHome(1, 0, 5, 5_000_018));
    expect(hungry(full(0)).events).toEqual(wentHome(1, 0, 0, 5_000_018));
    expect(hungry(full(6))).toEqual({ events: [], after: [] });
    expect(hungry(pet(1, { slot: 0, fullness: 0 })).events).toEqual(wentHome(1, 0, 0));
  });

  it('loses no more than it has', () => {
    const glutton = pet(1, { slot: 0, templateId: 5_000_019 });
    expect(hungry(glutton).events).toEqual([fuller(1, 0, 0, -100), ...wentHome(1, 0, 0, 5_000_019)]);
  });

  it('in slot order, all of one before the next, with the slots of that moment', () => {
    const pets = [
      pet(3, { slot: 2, fullness: 3 }),
      pet(1, { slot: 0, fullness: 50 }),
      pet(2, { slot: 1, fullness: 9 }),
    ];
    expect(hungry(...pets)).toEqual({
      events: [
        fuller(1, 0, 44, -6),
        fuller(2, 1, 3, -6),
        moved(3, 2, 1),
        ...wentHome(2, 1, 3),
        fuller(3, 1, 0, -3),
        ...wentHome(3, 1, 0),
      ],
      after: expect.arrayContaining([
        [1, 0, 44],
        [2, -1, 3],
        [3, -1, 0],
      ]),
    });
  });

  it('nobody where none is out', () => {
    expect(hungry()).toEqual({ events: [], after: [] });
  });

  it('nothing is lost by a pet whose kind nobody can describe; the others are hungry all the same', () => {
    const unavailable = factsOf({ petTemplate: () => ({ hunger: 6, skills: new Map() }) }, [], (_fact, id) => id === 7);
    const pets = [pet(1, { slot: 0, templateId: 7 }), pet(2, { slot: 1, fullness: 50 })];
    expect(getHungry(pets, unavailable)).toMatchObject({
      events: [fuller(2, 1, 44, -6)],
      changes: [{ petId: 2, fields: { fullness: 44 } }],
    });
  });

  it('needs to know every template first, and then changes nothing', () => {
    const pets = [pet(1, { slot: 0 }), pet(2, { slot: 1, templateId: 5_000_018 })];
    expect(getHungry(pets, factsOf({}, ['petTemplate']))).toEqual({
      kind: 'needs',
      needs: [5_000_017, 5_000_018].map((question) => ({ fact: 'petTemplate', question })),
    });
  });
});
