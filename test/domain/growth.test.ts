import { describe, expect, it } from '@jest/globals';
import { closenessChanged, levelChanged } from '../../generated/contract/messages/pet-status.js';
import { awardCloseness, awardLevel, CLOSENESS_TO_NEXT_LEVEL } from '../../src/domain/growth.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { InvariantError } from '../../src/invariant.ts';
import { given, OWNER, pet } from './given.ts';

const TRANSACTION = '00000026-0000-4000-8000-000000000000';
const awarding = (amount: number) => (subject: Pet) => awardCloseness(subject, amount, TRANSACTION);
const closenessEvent = (closeness: number, amount: number, slot = -1) =>
  closenessChanged({ petId: 1, ownerId: OWNER, body: { slot, closeness, amount, transactionId: TRANSACTION } });
const levelEvent = (level: number, amount: number, slot = -1) =>
  levelChanged({ petId: 1, ownerId: OWNER, body: { slot, level, amount } });

describe('AWARD_CLOSENESS', () => {
  it('emits its transactionId and the new state', () => {
    given(pet(1, { slot: 0, level: 2, closeness: 1 }))
      .when(1, awarding(1))
      .then(closenessEvent(2, 1, 0));
  });

  it.each(CLOSENESS_TO_NEXT_LEVEL.map((needed, index) => [index + 1, needed]))(
    'level %i rises at closeness %i and not below',
    (level, needed) => {
      given(pet(1, { level, closeness: needed - 1 }))
        .when(1, awarding(1))
        .then(levelEvent(level + 1, 1), closenessEvent(needed, 1));
      if (needed > 1) {
        const almost = awardCloseness(pet(1, { level, closeness: needed - 2 }), 1, TRANSACTION);
        expect(almost.events).toEqual([closenessEvent(needed - 1, 1)]);
      }
    },
  );

  it('crosses several levels at once, LEVEL_CHANGED first', () => {
    given(pet(1)).when(1, awarding(14)).then(levelEvent(5, 4), closenessEvent(14, 14));
    given(pet(1)).when(1, awarding(65_535)).then(levelEvent(30, 29), closenessEvent(30_000, 30_000));
  });

  it('stops at 30000 and emits the applied amount', () => {
    given(pet(1, { level: 30, closeness: 29_990 }))
      .when(1, awarding(40_000))
      .then(closenessEvent(30_000, 10));
    given(pet(1, { level: 30, closeness: 30_000 }))
      .when(1, awarding(1))
      .then(closenessEvent(30_000, 0));
  });

  it('emits an event for an award of 0', () => {
    given(pet(1)).when(1, awarding(0)).then(closenessEvent(0, 0));
  });

  it('does not change level 30, whatever the closeness', () => {
    given(pet(1, { level: 30, closeness: 0 }))
      .when(1, awarding(3))
      .then(closenessEvent(3, 3));
    given(pet(1, { level: 30, closeness: 30_000 }))
      .when(1, awarding(0))
      .then(closenessEvent(30_000, 0));
  });

  it('raises a level that is too low for the closeness, also with an award of 0', () => {
    given(pet(1, { level: 1, closeness: 6 }))
      .when(1, awarding(0))
      .then(levelEvent(4, 3), closenessEvent(6, 0));
  });
});

describe('AWARD_LEVEL', () => {
  const raising = (amount: number) => (subject: Pet) => awardLevel(subject, amount);

  it.each([
    [1, 1, 2, 1],
    [1, 0, 1, 0],
    [1, 29, 30, 29],
    [29, 2, 30, 1],
    [30, 1, 30, 0],
    [5, 255, 30, 25],
  ])('level %i and %i more: %i, emits %i', (level, amount, after, applied) => {
    given(pet(1, { level, slot: 1 }), pet(2, { slot: 0 }))
      .when(1, raising(amount))
      .then(levelEvent(after, applied, 1));
  });

  it('does not change the closeness', () => {
    expect(awardLevel(pet(1, { closeness: 5 }), 3).changes).toEqual([{ petId: 1, fields: { level: 4 } }]);
  });
});

it('throws for a level out of its range', () => {
  expect(() => awardCloseness(pet(1, { level: 0 }), 1, TRANSACTION)).toThrow(InvariantError);
});
