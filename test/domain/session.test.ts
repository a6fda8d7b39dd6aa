import { expect, it } from '@jest/globals';
import { isSameLocation, isStaleSessionEvent } from '../../src/domain/session.ts';

it.each([
  ['older than the last one applied', 999, 1_000, true],
  ['of the same time, read later', 1_000, 1_000, false],
  ['newer', 1_001, 1_000, false],
  ['the first one', 0, undefined, false],
  ['without a time of its own, after one that has one', -1, 0, true],
])('a session event that is %s', (_name, sentAt, lastEventAt, isStale) => {
  expect(isStaleSessionEvent(sentAt, lastEventAt)).toBe(isStale);
});

const place = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };

it.each([
  [{}, true],
  [{ worldId: 1 }, false],
  [{ channelId: 2 }, false],
  [{ mapId: 200 }, false],
  [{ instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' }, false],
])('a place that differs by %j is the same: %p', (difference, isSame) => {
  expect(isSameLocation(place, { ...place, ...difference })).toBe(isSame);
});
