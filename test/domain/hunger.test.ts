import { describe, expect, it } from '@jest/globals';
import { despawned, fullnessChanged, slotChanged } from '../../generated/contract/messages/pet-status.js';
import { getHungry, hungerDueAfter, nextHungerAt } from '../../src/domain/hunger.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { factsOf } from '../support/facts.ts';
import { after, OWNER, pet } from './given.ts';

/** The hunger of templates: 6, 0, 200. */
const HUNGER = new Map([
  [5_000_017, 6],
  [5_000_018, 0],
  [5_000_019, 200],
]);
const facts = factsOf({ petTemplate: (id) => ({ hunger: HUNGER.get(id) ?? 0, skills: new Map() }) });

const fullnessEvent = (petId: number, slot: number, fullness: number, amount: number) =>
  fullnessChanged({ petId, ownerId: OWNER, body: { slot, fullness, amount } });
const slotChangedEvent = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });
const despawnEvents = (id: number, oldSlot: number, fullness: number, templateId = 5_000_017) => [
  slotChangedEvent(id, oldSlot, -1),
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
  ])('%i becomes %i; the event has the amount that was lost', (fullness, after) => {
    expect(hungry(pet(1, { slot: 0, fullness }))).toEqual({
      events: [fullnessEvent(1, 0, after, -6)],
      after: [[1, 0, after]],
    });
  });

  it.each([
    [11, 5, -6],
    [6, 0, -6],
    [3, 0, -3],
  ])('despawns pets at 5 or less: %i', (fullness, after, amount) => {
    expect(hungry(pet(1, { slot: 0, fullness }))).toEqual({
      events: [fullnessEvent(1, 0, after, amount), ...despawnEvents(1, 0, after)],
      after: [[1, -1, after]],
    });
  });

  it('at 5 or less they despawn although they lost nothing', () => {
    const full = (fullness: number) => pet(1, { slot: 0, fullness, templateId: 5_000_018 });
    expect(hungry(full(5)).events).toEqual(despawnEvents(1, 0, 5, 5_000_018));
    expect(hungry(full(0)).events).toEqual(despawnEvents(1, 0, 0, 5_000_018));
    expect(hungry(full(6))).toEqual({ events: [], after: [] });
    expect(hungry(pet(1, { slot: 0, fullness: 0 })).events).toEqual(despawnEvents(1, 0, 0));
  });

  it('loses no more than it has', () => {
    const glutton = pet(1, { slot: 0, templateId: 5_000_019 });
    expect(hungry(glutton).events).toEqual([fullnessEvent(1, 0, 0, -100), ...despawnEvents(1, 0, 0, 5_000_019)]);
  });

  it('in slot order, all of one before the next, with the slots of that moment', () => {
    const pets = [
      pet(3, { slot: 2, fullness: 3 }),
      pet(1, { slot: 0, fullness: 50 }),
      pet(2, { slot: 1, fullness: 9 }),
    ];
    expect(hungry(...pets)).toEqual({
      events: [
        fullnessEvent(1, 0, 44, -6),
        fullnessEvent(2, 1, 3, -6),
        slotChangedEvent(3, 2, 1),
        ...despawnEvents(2, 1, 3),
        fullnessEvent(3, 1, 0, -3),
        ...despawnEvents(3, 1, 0),
      ],
      after: expect.arrayContaining([
        [1, 0, 44],
        [2, -1, 3],
        [3, -1, 0],
      ]),
    });
  });

  it('no pet if none is spawned', () => {
    expect(hungry()).toEqual({ events: [], after: [] });
  });

  it('a pet loses nothing if its template is unavailable; the others get hungry', () => {
    const unavailable = factsOf({ petTemplate: () => ({ hunger: 6, skills: new Map() }) }, [], (_fact, id) => id === 7);
    const pets = [pet(1, { slot: 0, templateId: 7 }), pet(2, { slot: 1, fullness: 50 })];
    expect(getHungry(pets, unavailable)).toMatchObject({
      events: [fullnessEvent(2, 1, 44, -6)],
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

const LOCATION = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };

describe("the hunger of a character's pets", () => {
  it.each([
    ['waits one interval after a session began', null, LOCATION, 180],
    ['is not restarted within a session', 150, LOCATION, 150],
    ['is not evaluated without a session', null, null, null],
    ['ends with the session', 150, null, null],
  ])('%s', (_name, dueAt, session, expected) => {
    expect(hungerDueAfter(dueAt, { session }, 100, 80)).toBe(expected);
  });
});

it('the next evaluation is one interval from now, whatever was missed', () => {
  expect(nextHungerAt(1_000, 80)).toBe(1_080);
});
