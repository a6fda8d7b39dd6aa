/** Decoding the events of other services, and the rules that they trigger. */
import { describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { CharacterStatusEvent } from '../../generated/contract/messages/character-status.js';
import type { Load, RuleInput } from '../../src/domain/rule-input.ts';
import { NIL_INSTANCE } from '../../src/domain/session.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import { OWNER, pet } from '../domain/given.ts';
import { TENANT } from '../support/commands.ts';
import { factsOf, FAILS } from '../support/facts.ts';

const context = { ...TENANT, traceparent: newTraceparent() };
const input: RuleInput<Load> = {
  pet: undefined,
  position: undefined,
  session: undefined,
  spawnedPets: [],
  ownedPets: [pet(1), pet(2, { slot: 0 })],
  lastSessionEventAt: undefined,
  sentAt: 1_000,
  now: 0,
  facts: factsOf({}),
  roll: () => 0,
};
const INSTANCE = 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11';
const character = { worldId: 3, characterId: OWNER };
const location = { channelId: 1, mapId: 100_000_000 };

function decisionOf(event: CharacterStatusEvent, lastSessionEventAt?: number) {
  const task = characterEvents.decode(characterStatus.encode(event, context));
  if (task.kind !== 'task') throw new Error(JSON.stringify(task));
  return { subject: task.subject, decision: task.decide({ ...input, lastSessionEventAt }) };
}

describe('a character', () => {
  it.each<[string, CharacterStatusEvent, object | null]>([
    [
      'LOGIN',
      { ...character, type: 'LOGIN', body: { ...location, instance: INSTANCE } },
      { ...location, instance: INSTANCE },
    ],
    [
      'LOGIN without an instance',
      { ...character, type: 'LOGIN', body: location },
      { ...location, instance: NIL_INSTANCE },
    ],
    ['LOGOUT', { ...character, type: 'LOGOUT', body: location }, null],
    [
      'MAP_CHANGED',
      {
        ...character,
        type: 'MAP_CHANGED',
        body: { channelId: 1, oldMapId: 1, targetMapId: 7, oldInstance: null, targetInstance: INSTANCE },
      },
      { channelId: 1, mapId: 7, instance: INSTANCE },
    ],
    [
      'CHANNEL_CHANGED',
      { ...character, type: 'CHANNEL_CHANGED', body: { channelId: 9, oldChannelId: 1, mapId: 7 } },
      { channelId: 9, mapId: 7, instance: NIL_INSTANCE },
    ],
  ])('%s changes its session and no pet', (_name, event, session) => {
    expect(decisionOf(event)).toEqual({
      subject: { ownerId: OWNER, load: ['lastSessionEventAt'] },
      decision: {
        kind: 'changed',
        changes: [],
        deleted: [],
        events: [],
        session: {
          characterId: OWNER,
          session: session && { worldId: 3, ...session },
          eventAt: input.sentAt,
          forgetsPositions: true,
        },
      },
    });
  });

  it('that is deleted has its pets and its session deleted', () => {
    expect(decisionOf({ ...character, type: 'DELETED' })).toMatchObject({
      subject: { ownerId: OWNER, load: ['ownedPets', 'lastSessionEventAt'] },
      decision: {
        deleted: [{ id: 2 }, { id: 1 }],
        session: { characterId: OWNER, session: null, forgetsPositions: true },
      },
    });
  });

  const sessionEvents: CharacterStatusEvent[] = [
    { ...character, type: 'LOGIN', body: location },
    { ...character, type: 'LOGOUT', body: location },
    { ...character, type: 'MAP_CHANGED', body: { channelId: 1, targetMapId: 7 } },
    { ...character, type: 'CHANNEL_CHANGED', body: { channelId: 9, mapId: 7 } },
  ];

  it.each(sessionEvents)('$type that is older than the last session event is stale', (event) => {
    expect(decisionOf(event, input.sentAt + 1).decision).toEqual({ kind: 'stale' });
    expect(decisionOf(event, input.sentAt).decision.kind).toBe('changed');
  });

  it('that is deleted is never stale, and keeps the timestamp of its last session event', () => {
    expect(decisionOf({ ...character, type: 'DELETED' }, input.sentAt + 1).decision).toMatchObject({
      kind: 'changed',
      session: { session: null, eventAt: undefined },
    });
  });
});

it('returns no decision on a pet item while its inventory is unavailable', () => {
  const event = { characterId: OWNER, templateId: 5_000_017, slot: 1, type: 'DELETED' } as const;
  const task = assetEvents.decode(assetStatus.encode(event, context));
  if (task.kind !== 'task') throw new Error(JSON.stringify(task));
  const facts = factsOf({}, [], () => true);
  expect(task.decide({ ...input, facts })).toEqual({ kind: 'unavailable', message: FAILS });
});

it('skips an item that is not a pet', () => {
  const event = (templateId: number) =>
    assetEvents.decode(
      assetStatus.encode({ characterId: OWNER, templateId, slot: 1, type: 'DELETED', body: null }, context),
    );
  expect(event(2_000_000)).toEqual({ kind: 'skip', type: 'DELETED' });
  expect(event(5_000_017)).toMatchObject({ kind: 'task', subject: { ownerId: OWNER, load: ['ownedPets'] } });
});
