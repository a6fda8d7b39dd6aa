import { describe, expect, it } from '@jest/globals';
import { changeSession, endSession } from '../../src/domain/session-events.ts';
import { isSameLocation, isStaleSessionEvent } from '../../src/domain/session.ts';
import { factsOf } from '../support/facts.ts';

it.each([
  ['older than the last one applied', 999, 1_000, true],
  ['of the same time, read later', 1_000, 1_000, false],
  ['newer', 1_001, 1_000, false],
  ['the first one', 0, undefined, false],
  ['without a time of its own, after one that has one', -1, 0, true],
])('a session event that is %s', (_name, sentAt, lastEventAt, isStale) => {
  expect(isStaleSessionEvent(sentAt, lastEventAt)).toBe(isStale);
});

const location = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };

it.each([
  [{}, true],
  [{ worldId: 1 }, false],
  [{ channelId: 2 }, false],
  [{ mapId: 200 }, false],
  [{ instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' }, false],
])('a location that differs by %j is the same: %p', (difference, isSame) => {
  expect(isSameLocation(location, { ...location, ...difference })).toBe(isSame);
});

describe('a session event', () => {
  const input = { sentAt: 1_000, now: 2_000, roll: () => 0, facts: factsOf({}), lastSessionEventAt: undefined };

  it.each([
    ['moves the character', location],
    ['ends the session', null],
  ])('%s and forgets the positions of its pets', (_name, session) => {
    expect(changeSession(7, session, input)).toEqual({
      kind: 'changed',
      changes: [],
      deleted: [],
      events: [],
      session: { characterId: 7, session, eventAt: 1_000, forgetsPositions: true },
    });
  });

  it('that is stale changes nothing', () => {
    expect(changeSession(7, location, { ...input, lastSessionEventAt: 1_001 })).toEqual({ kind: 'stale' });
  });

  it('ends with the character, whatever was sent later', () => {
    expect(endSession(7)).toEqual({ characterId: 7, session: null, eventAt: undefined, forgetsPositions: true });
  });
});
