/** Invariants after any messages of the contract, also after types of messages that are added later. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { AssetStatusEvent } from '../../generated/contract/messages/asset-status.js';
import type { CharacterStatusEvent } from '../../generated/contract/messages/character-status.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { applyChange, CHANGEABLE_FIELDS, isSpawned } from '../../src/domain/pet.ts';
import type { Changed, Decision, Pet } from '../../src/domain/pet.ts';
import type { LoadedInput } from '../../src/domain/rule-input.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import type { Handler } from '../../src/handlers/task.ts';
import { OWNER, pet } from '../domain/given.ts';
import { anyCommand, COMMAND_TYPES } from '../support/arbitrary.ts';
import { decideCommand, TENANT } from '../support/commands.ts';
import { payloadsOf } from '../support/contract-arbitrary.ts';
import { factsOf } from '../support/facts.ts';
import { replay } from '../support/replay.ts';

const PETS = 5;
const NOW = Date.UTC(2026, 0, 1);
const skills = new Map([0, 1, 2].map((id) => [id, { probability: 50, increase: id * 40 }]));
const facts = factsOf({ petTemplate: () => ({ hunger: 1, skills }) });
const headers = { ...TENANT, traceparent: newTraceparent() };

/** Returns pets of one owner: one of them has expired, one has much closeness. */
function somePets(fields: (id: number) => Partial<Pet> = () => ({})): Map<number, Pet> {
  const pets = Array.from({ length: PETS }, (_, id) =>
    pet(id, { expiration: id === 3 ? NOW : null, closeness: id === 4 ? 29_000 : 0, ...fields(id) }),
  );
  return new Map(pets.map((one) => [one.id, one]));
}

function inputOf(stored: ReadonlyMap<number, Pet>, petId: number, roll: number): LoadedInput {
  const pets = [...stored.values()];
  return {
    pet: stored.get(petId),
    position: undefined,
    session: undefined,
    spawnedPets: pets.filter(isSpawned).sort((a, b) => a.slot - b.slot),
    ownedPets: pets,
    lastSessionEventAt: undefined,
    sentAt: NOW,
    now: NOW,
    facts,
    roll: () => roll,
  };
}

/** Stores a decision as src/store/ does: only the changed fields. */
function store(stored: Map<number, Pet>, { changes, deleted }: Changed): void {
  expect(new Set(changes.map(({ petId }) => petId)).size).toBe(changes.length);
  for (const change of changes) {
    expect(CHANGEABLE_FIELDS).toEqual(expect.arrayContaining(Object.keys(change.fields)));
    stored.set(change.petId, applyChange(stored.get(change.petId)!, change));
  }
  for (const { id } of deleted) stored.delete(id);
}

function expectValidSlots(stored: ReadonlyMap<number, Pet>): void {
  const slots = [...stored.values()].filter(isSpawned).map(({ slot }) => slot);
  expect(slots.sort()).toEqual(slots.map((_, index) => index));
  expect(slots.length).toBeLessThanOrEqual(3);
}

const anyRoll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('after any commands', () => {
  const scenario = fc.array(fc.tuple(anyCommand({ pets: PETS, owners: 1 }), anyRoll));

  it('slots are 0 to n - 1, each once, and the events contain the whole stored state', () => {
    const changedBy = new Set<string>();
    fc.assert(
      fc.property(scenario, (commands) => {
        const stored = somePets();
        let replayed: ReadonlyMap<number, Pet> = new Map(stored);
        for (const [{ pet: id, actor, message }, roll] of commands) {
          const command = message(id, OWNER + actor);
          const decision = decideCommand(command, inputOf(stored, id, roll));
          if (decision.kind !== 'changed') continue;
          changedBy.add(command.type);
          store(stored, decision);
          replayed = replay(replayed, decision.events);
          expect(replayed).toEqual(stored);
          expectValidSlots(stored);
        }
      }),
      { numRuns: 500 },
    );
    // Otherwise the property would not test the other commands.
    expect([...changedBy].sort()).toEqual(COMMAND_TYPES.toSorted());
  });
});

/** Applies the rule of a record if it has one. */
function decide(handler: Handler, record: ProducedRecord, input: LoadedInput): Decision | undefined {
  const decoded = handler.decode(record);
  if (decoded.kind === 'invalid') throw new Error(`${decoded.pointer} ${decoded.sentence}`);
  return decoded.kind === 'task' ? decoded.decide(input) : undefined;
}

describe.each([
  {
    channel: characterStatus.name,
    decideEvent: (event: object, input: LoadedInput) =>
      decide(characterEvents, characterStatus.encode(event as CharacterStatusEvent, headers), input),
  },
  {
    channel: assetStatus.name,
    decideEvent: (event: object, input: LoadedInput) =>
      decide(assetEvents, assetStatus.encode({ ...event, templateId: 5_000_017 } as AssetStatusEvent, headers), input),
  },
])('after any event of $channel', ({ channel, decideEvent }) => {
  it.each([...payloadsOf(channel)])('%s, the same invariants hold', (_type, anyPayload) => {
    let count = 0;
    fc.assert(
      fc.property(anyPayload, fc.nat(3), fc.nat(PETS - 1), (payload, spawned, own) => {
        // One pet may be the deleted item; the others are of another template.
        const stored = somePets((id) => ({
          slot: id < spawned ? id : -1,
          templateId: id === own ? 5_000_017 : 5_000_018,
        }));
        const before = new Map(stored);
        const decision = decideEvent({ ...payload, characterId: OWNER }, inputOf(stored, 0, 0));
        if (decision?.kind !== 'changed') return;
        count += 1;
        store(stored, decision);
        expect(replay(before, decision.events)).toEqual(stored);
        expectValidSlots(stored);
      }),
    );
    expect(count).toBeGreaterThan(0);
  });
});
