import { describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { examples } from '../../generated/contract/examples.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import { isSpawned } from '../../src/domain/pet.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import type { LoadedInput } from '../../src/domain/rule-input.ts';
import { commandTask } from '../support/commands.ts';
import { factsOf } from '../support/facts.ts';
import { OWNER, pet } from '../domain/given.ts';

const NOW = Date.UTC(2026, 0, 1);
const STRANGER = OWNER + 1;
const facts = factsOf({
  petTemplate: () => ({ hunger: 1, skills: new Map([[0, { probability: 50, increase: 1 }]]) }),
});

/** Returns an input with exactly the fields that the command loads. */
function inputOf(pets: readonly Pet[], petId: number, load: readonly string[]): LoadedInput {
  return {
    pet: pets.find(({ id }) => id === petId),
    ...(load.includes('position') && { position: undefined }),
    ...(load.includes('session') && { session: undefined }),
    ...(load.includes('spawnedPets') && { spawnedPets: pets.filter(isSpawned) }),
    sentAt: NOW,
    now: NOW,
    facts,
    roll: () => 0,
  };
}

/** Returns the decision on a command that was encoded and decoded as in the service. */
function decisionOf(message: PetCommand, ...pets: readonly Pet[]): Decision {
  const task = commandTask(message);
  return task.decide(inputOf(pets, message.petId, task.subject.load));
}

const commandOf = (type: string, actorId: number, petId: number): PetCommand => {
  const body = { lead: true, commandId: 0, byName: true, amount: 1, items: [1] };
  return { actorId, petId, type, body } as unknown as PetCommand;
};

const ALL = examples.filter(({ channel }) => channel === petCommand.name).map(({ type }) => String(type));
const OF_PLAYERS = ['SPAWN', 'DESPAWN', 'ATTEMPT_COMMAND', 'EXCLUDE'];
const OF_THE_GAME = ['AWARD_CLOSENESS', 'AWARD_FULLNESS', 'AWARD_LEVEL'];

it('these tests cover all commands of the contract', () => {
  expect([...OF_PLAYERS, ...OF_THE_GAME].sort()).toEqual(ALL.sort());
});

describe.each(ALL)('%s', (type) => {
  it('of an unknown pet is rejected', () => {
    expect(decisionOf(commandOf(type, OWNER, 9), pet(1))).toEqual({ kind: 'rejected', reason: 'PET_NOT_FOUND' });
  });
  it('of the owner is applied', () => {
    const slot = type === 'SPAWN' ? -1 : 0;
    expect(decisionOf(commandOf(type, OWNER, 1), pet(1, { slot })).kind).toBe('changed');
  });
});

describe.each(OF_PLAYERS)('%s', (type) => {
  // The pet is also expired, and spawned or not, so that other rejections apply as well.
  it.each([-1, 0])("of another owner's pet in slot %i is rejected with NOT_OWNER before anything else", (slot) => {
    const petOfOwner = pet(1, { slot, expiration: 0 });
    expect(decisionOf(commandOf(type, STRANGER, 1), petOfOwner)).toEqual({ kind: 'rejected', reason: 'NOT_OWNER' });
  });
});

describe.each(OF_THE_GAME)('%s', (type) => {
  it('is applied for any actor', () => {
    expect(decisionOf(commandOf(type, STRANGER, 1), pet(1)).kind).toBe('changed');
  });
});

describe('the default of an absent field', () => {
  it('lead is false', () => {
    const decision = decisionOf({ actorId: OWNER, petId: 2, type: 'SPAWN' }, pet(1, { slot: 0 }), pet(2));
    expect(decision).toMatchObject({ changes: [{ petId: 2, fields: { slot: 1 } }] });
  });
  it('items is an empty list', () => {
    for (const body of [undefined, null, {}, { items: null }] as const) {
      const decision = decisionOf(
        { actorId: OWNER, petId: 1, type: 'EXCLUDE', body } as PetCommand,
        pet(1, { excludes: [5] }),
      );
      expect(decision).toMatchObject({ changes: [{ petId: 1, fields: { excludes: [] } }] });
    }
  });
  it('transactionId is the nil UUID', () => {
    const decision = decisionOf({ actorId: 0, petId: 1, type: 'AWARD_CLOSENESS', body: { amount: 0 } }, pet(1));
    const transactionId = '00000000-0000-0000-0000-000000000000';
    expect(decision).toMatchObject({ events: [{ body: { transactionId } }] });
  });
});

it('a rejection has the command, its transactionId and the reason', () => {
  const transactionId = crypto.randomUUID();
  const task = commandTask({ transactionId, actorId: 7, petId: 8, type: 'DESPAWN' });
  expect(task.rejection?.('NOT_SPAWNED')).toEqual({
    transactionId,
    actorId: 7,
    petId: 8,
    type: 'REJECTED',
    body: { command: 'DESPAWN', reason: 'NOT_SPAWNED' },
  });
});
