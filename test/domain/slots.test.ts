import { describe, expect, it } from '@jest/globals';
import { despawned, slotChanged, spawned } from '../../generated/contract/messages/pet-status.js';
import { known } from '../../src/domain/facts.ts';
import { despawn, spawn } from '../../src/domain/slots.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { FAILS } from '../support/facts.ts';
import { given, OWNER, pet } from './given.ts';

const NOW = Date.UTC(2026, 0, 1);
const POSITION = { x: 10, y: -20, stance: 2, fh: 42 };

const TERMS = {
  now: NOW,
  mayHaveMore: () => known(true),
  position: () => known({ position: POSITION, isNew: false }),
};

const spawning = (lead: boolean) => (subject: Pet, spawnedPets: readonly Pet[]) =>
  spawn(subject, spawnedPets, { ...TERMS, lead });
const AFTER = spawning(false);
const LEAD = spawning(true);

const slotChangedEvent = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });
const spawnedEvent = (petId: number, slot: number) =>
  spawned({
    petId,
    ownerId: OWNER,
    body: {
      templateId: 5_000_017,
      name: `Pet${String(petId)}`,
      slot,
      level: 1,
      closeness: 0,
      fullness: 100,
      ...POSITION,
    },
  });

describe('SPAWN lead=false takes the lowest free slot', () => {
  it.each([0, 1, 2])('with %i spawned', (count) => {
    const out = Array.from({ length: count }, (_, slot) => pet(slot + 1, { slot }));
    given(...out, pet(9))
      .when(9, AFTER)
      .then(slotChangedEvent(9, -1, count), spawnedEvent(9, count));
  });
});

describe('SPAWN lead=true takes slot 0, the others move up, highest first', () => {
  it('with none spawned', () => {
    given(pet(9))
      .when(9, LEAD)
      .then(slotChangedEvent(9, -1, 0), spawnedEvent(9, 0));
  });
  it('with one spawned', () => {
    given(pet(1, { slot: 0 }), pet(9))
      .when(9, LEAD)
      .then(slotChangedEvent(1, 0, 1), slotChangedEvent(9, -1, 0), spawnedEvent(9, 0));
  });
  it('with two spawned', () => {
    given(pet(1, { slot: 0 }), pet(2, { slot: 1 }), pet(9))
      .when(9, LEAD)
      .then(slotChangedEvent(2, 1, 2), slotChangedEvent(1, 0, 1), slotChangedEvent(9, -1, 0), spawnedEvent(9, 0));
  });
});

describe('SPAWN lead=true of a spawned pet promotes it, without SPAWNED', () => {
  const three = [pet(1, { slot: 0 }), pet(2, { slot: 1 }), pet(3, { slot: 2 })];
  it('from slot 1', () => {
    given(...three)
      .when(2, LEAD)
      .then(slotChangedEvent(1, 0, 1), slotChangedEvent(2, 1, 0));
  });
  it('from slot 2', () => {
    given(...three)
      .when(3, LEAD)
      .then(slotChangedEvent(2, 1, 2), slotChangedEvent(1, 0, 1), slotChangedEvent(3, 2, 0));
  });
});

describe('SPAWN rejects', () => {
  const three = [pet(1, { slot: 0 }), pet(2, { slot: 1 }), pet(3, { slot: 2 })];
  it('an expired pet, from its expiration on', () => {
    given(pet(1, { expiration: NOW }))
      .when(1, AFTER)
      .rejectedWith('PET_EXPIRED');
    given(pet(1, { expiration: NOW + 1 }))
      .when(1, AFTER)
      .then(slotChangedEvent(1, -1, 0), spawnedEvent(1, 0));
  });
  it('an expired pet with PET_EXPIRED before any other reason', () => {
    given(...three, pet(4, { expiration: NOW }))
      .when(4, AFTER)
      .rejectedWith('PET_EXPIRED');
    given(pet(1, { slot: 0, expiration: NOW }))
      .when(1, LEAD)
      .rejectedWith('PET_EXPIRED');
  });
  it('a spawned pet', () => {
    given(...three)
      .when(2, AFTER)
      .rejectedWith('ALREADY_SPAWNED');
    given(...three)
      .when(1, LEAD)
      .rejectedWith('ALREADY_SPAWNED');
  });
  it('a fourth pet', () => {
    given(...three, pet(4))
      .when(4, AFTER)
      .rejectedWith('TOO_MANY_SPAWNED');
    given(...three, pet(4))
      .when(4, LEAD)
      .rejectedWith('TOO_MANY_SPAWNED');
  });
});

describe('DESPAWN: the pets in higher slots move down, lowest first', () => {
  const three = [pet(1, { slot: 0 }), pet(2, { slot: 1, level: 7, closeness: 200, fullness: 3 }), pet(3, { slot: 2 })];
  const despawning = (subject: Pet, spawnedPets: readonly Pet[]) => despawn(subject, spawnedPets, 'NORMAL');
  const despawnedEvent = (
    petId: number,
    oldSlot: number,
    fields: { level: number; closeness: number; fullness: number },
  ) =>
    despawned({
      petId,
      ownerId: OWNER,
      body: { templateId: 5_000_017, name: `Pet${String(petId)}`, slot: -1, oldSlot, reason: 'NORMAL', ...fields },
    });
  const NEW = { level: 1, closeness: 0, fullness: 100 };

  it('from slot 0', () => {
    given(...three)
      .when(1, despawning)
      .then(
        slotChangedEvent(2, 1, 0),
        slotChangedEvent(3, 2, 1),
        slotChangedEvent(1, 0, -1),
        despawnedEvent(1, 0, NEW),
      );
  });
  it('from slot 1: the pet in slot 2 moves down', () => {
    given(...three)
      .when(2, despawning)
      .then(
        slotChangedEvent(3, 2, 1),
        slotChangedEvent(2, 1, -1),
        despawnedEvent(2, 1, { level: 7, closeness: 200, fullness: 3 }),
      );
  });
  it('from slot 2', () => {
    given(...three)
      .when(3, despawning)
      .then(slotChangedEvent(3, 2, -1), despawnedEvent(3, 2, NEW));
  });
  it('the only one', () => {
    given(pet(1, { slot: 0 }))
      .when(1, despawning)
      .then(slotChangedEvent(1, 0, -1), despawnedEvent(1, 0, NEW));
  });
  it('an expired one too', () => {
    given(pet(1, { slot: 0, expiration: 0 }))
      .when(1, despawning)
      .then(slotChangedEvent(1, 0, -1), despawnedEvent(1, 0, NEW));
  });
  it('rejects a pet that is not spawned', () => {
    given(...three, pet(4))
      .when(4, despawning)
      .rejectedWith('NOT_SPAWNED');
  });
});

describe('a second pet', () => {
  const unable = { ...TERMS, mayHaveMore: () => known(false) };
  const missing = (fact: 'multiPetSkill' | 'characterPoint', question: number) => () =>
    ({ kind: 'needs', needs: [{ fact, question }] }) as const;
  const spawnedOf = (count: number) => Array.from({ length: count }, (_, slot) => pet(slot + 1, { slot }));

  it.each([true, false])('requires the skill of its owner, lead=%p', (lead) => {
    const rule = (subject: Pet, spawnedPets: readonly Pet[]) => spawn(subject, spawnedPets, { ...unable, lead });
    given(pet(9))
      .when(9, rule)
      .then(slotChangedEvent(9, -1, 0), spawnedEvent(9, 0));
    given(...spawnedOf(1), pet(9))
      .when(9, rule)
      .rejectedWith('MULTI_PET_SKILL_REQUIRED');
    given(...spawnedOf(3), pet(9))
      .when(9, rule)
      .rejectedWith('TOO_MANY_SPAWNED');
    given(...spawnedOf(1), pet(9, { expiration: NOW }))
      .when(9, rule)
      .rejectedWith('PET_EXPIRED');
  });

  it('is promoted without the skill', () => {
    const rule = (subject: Pet, spawnedPets: readonly Pet[]) => spawn(subject, spawnedPets, { ...unable, lead: true });
    given(...spawnedOf(2))
      .when(2, rule)
      .then(slotChangedEvent(1, 0, 1), slotChangedEvent(2, 1, 0));
  });

  it('needs all unknown facts together; a rejection for another reason needs none', () => {
    const terms = {
      ...TERMS,
      lead: false,
      mayHaveMore: missing('multiPetSkill', OWNER),
      position: missing('characterPoint', OWNER),
    };
    const rule = (subject: Pet, spawnedPets: readonly Pet[]) => spawn(subject, spawnedPets, terms);
    const needs = (...facts: string[]) => ({ kind: 'needs', needs: facts.map((fact) => ({ fact, question: OWNER })) });
    expect(given(...spawnedOf(1), pet(9)).when(9, rule).decision).toEqual(needs('multiPetSkill', 'characterPoint'));
    expect(given(pet(9)).when(9, rule).decision).toEqual(needs('characterPoint'));
    given(...spawnedOf(1))
      .when(1, rule)
      .rejectedWith('ALREADY_SPAWNED');
  });

  it('is rejected if the skills service fails, whether or not the position is known', () => {
    const mayHaveMore = () => ({ kind: 'unavailable', message: FAILS }) as const;
    const terms = { ...TERMS, lead: false, mayHaveMore, position: missing('characterPoint', OWNER) };
    const rule = (subject: Pet, spawnedPets: readonly Pet[]) => spawn(subject, spawnedPets, terms);
    given(...spawnedOf(1), pet(9))
      .when(9, rule)
      .rejectedWith('FACT_UNAVAILABLE');
    given(...spawnedOf(3), pet(9))
      .when(9, rule)
      .rejectedWith('TOO_MANY_SPAWNED');
  });

  it('that spawns at a new position keeps it', () => {
    const terms = { ...TERMS, lead: false, position: () => known({ position: POSITION, isNew: true }) };
    const rule = (subject: Pet, spawnedPets: readonly Pet[]) => spawn(subject, spawnedPets, terms);
    expect(given(pet(9)).when(9, rule).decision).toMatchObject({ newPosition: { petId: 9, position: POSITION } });
    expect(given(pet(9)).when(9, AFTER).decision).not.toHaveProperty('newPosition');
  });
});
