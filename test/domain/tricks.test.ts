import { describe, expect, it } from '@jest/globals';
import { closenessChanged, commandResponse, levelChanged } from '../../generated/contract/messages/pet-status.js';
import type { Pet } from '../../src/domain/pet.ts';
import { known } from '../../src/domain/facts.ts';
import { UNKNOWN_TEMPLATE } from '../../src/domain/pet-template.ts';
import { attempt } from '../../src/domain/tricks.ts';
import { given, OWNER, pet } from './given.ts';
import { FAILS } from '../support/facts.ts';

const transactionId = '00000026-0000-4000-8000-000000000000';
const template = {
  hunger: 1,
  skills: new Map([
    [0, { probability: 40, increase: 3 }],
    [7, { probability: 100, increase: 0 }],
    [9, { probability: 0, increase: 1 }],
  ]),
};
const trying =
  (commandId: number, roll = 0) =>
  (subject: Pet) =>
    attempt(subject, { commandId, template: () => known(template), roll, transactionId });

const response = (commandId: number, success: boolean, closeness: number, fullness = 100) =>
  commandResponse({ petId: 1, ownerId: OWNER, body: { slot: 0, closeness, fullness, commandId, success } });
const closenessEvent = (closeness: number, amount: number) =>
  closenessChanged({ petId: 1, ownerId: OWNER, body: { slot: 0, closeness, amount, transactionId } });
const levelEvent = (level: number, amount: number) =>
  levelChanged({ petId: 1, ownerId: OWNER, body: { slot: 0, level, amount } });

describe('ATTEMPT_COMMAND', () => {
  const spawnedPet = pet(1, { slot: 0, level: 3, closeness: 3, fullness: 44 });

  it('emits the events of the award, then the response with the new state', () => {
    given(pet(1, { slot: 0, level: 5, closeness: 14, fullness: 44 }))
      .when(1, trying(0))
      .then(closenessEvent(17, 3), response(0, true, 17, 44));
  });

  it('has the same events without success', () => {
    given(pet(1, { slot: 0, level: 5, closeness: 14, fullness: 44 }))
      .when(1, trying(0, 0.99))
      .then(closenessEvent(17, 3), response(0, false, 17, 44));
  });

  it('may level up', () => {
    given(spawnedPet)
      .when(1, trying(0))
      .then(levelEvent(4, 1), closenessEvent(6, 3), response(0, true, 6, 44));
  });

  it('awards nothing, and emits no award, if the increase is 0', () => {
    const { then, decision } = given(spawnedPet).when(1, trying(7));
    then(response(7, true, 3, 44));
    expect(decision).toMatchObject({ changes: [] });
  });

  it('emits an award at the cap with amount 0', () => {
    given(pet(1, { slot: 0, level: 30, closeness: 30_000 }))
      .when(1, trying(0))
      .then(closenessEvent(30_000, 0), response(0, true, 30_000));
  });

  it.each([
    [0, 0, true],
    [0, 0.39999, true],
    [0, 0.4, false],
    [7, 0.99999, true],
    [9, 0, false],
  ])('trick %i with a roll of %d: %p', (commandId, roll, success) => {
    const { decision } = given(spawnedPet).when(1, trying(commandId, roll));
    expect(decision.kind === 'changed' && decision.events.at(-1)).toMatchObject({ body: { success } });
  });

  it('rejects a pet that is not spawned, whatever its template', () => {
    given(pet(1)).when(1, trying(0)).rejectedWith('NOT_SPAWNED');
    given(pet(1)).when(1, trying(1)).rejectedWith('NOT_SPAWNED');
  });

  it('is rejected if the template is unavailable', () => {
    const template = () => ({ kind: 'unavailable', message: FAILS }) as const;
    const asked = { commandId: 0, template, roll: 0, transactionId };
    expect(attempt(spawnedPet, asked)).toEqual({ kind: 'rejected', reason: 'FACT_UNAVAILABLE' });
    expect(attempt(pet(1), asked)).toEqual({ kind: 'rejected', reason: 'NOT_SPAWNED' });
  });

  it('rejects a trick that the template does not have', () => {
    given(spawnedPet).when(1, trying(1)).rejectedWith('UNKNOWN_PET_SKILL');
    const unknown = attempt(spawnedPet, {
      commandId: 0,
      template: () => known(UNKNOWN_TEMPLATE),
      roll: 0,
      transactionId,
    });
    expect(unknown).toEqual({ kind: 'rejected', reason: 'UNKNOWN_PET_SKILL' });
  });
});
