import { describe, it } from '@jest/globals';
import { fullnessChanged } from '../../generated/contract/messages/pet-status.js';
import { awardFullness } from '../../src/domain/feeding.ts';
import { given, OWNER, pet } from './given.ts';

describe('AWARD_FULLNESS', () => {
  it.each([
    [0, 1, 1, 1],
    [50, 30, 80, 30],
    [99, 1, 100, 1],
    [99, 2, 100, 1],
    [100, 30, 100, 0],
    [40, 0, 40, 0],
    [0, 255, 100, 100],
  ])('fullness %i and %i more: %i, emits %i', (fullness, amount, after, applied) => {
    given(pet(1, { fullness, slot: 0 }))
      .when(1, (subject) => awardFullness(subject, amount))
      .then(fullnessChanged({ petId: 1, ownerId: OWNER, body: { slot: 0, fullness: after, amount: applied } }));
  });
});
