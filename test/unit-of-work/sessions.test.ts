/** The sessions of a unit of work in memory: what has to be locked, and what of several changes counts. */
import { expect, it } from '@jest/globals';
import { characterKey } from '../../src/keys.ts';
import { Sessions } from '../../src/unit-of-work/sessions.ts';
import { TENANT } from '../support/commands.ts';

const TENANT_ID = TENANT.TENANT_ID;
const CHARACTER = 7;
const LOCATION = { worldId: 0, channelId: 1, mapId: 2, instance: '00000000-0000-0000-0000-000000000000' };

function locked(): Sessions {
  const sessions = new Sessions();
  sessions.addClocks(new Map([[characterKey(TENANT_ID, CHARACTER), undefined]]), 0);
  return sessions;
}

it.each([undefined, 5])('a session is changed only if its clock is locked: event at %p', (eventAt) => {
  const change = { characterId: CHARACTER, session: LOCATION, eventAt, forgetsPositions: true };
  const sessions = new Sessions();
  expect(() => {
    sessions.set(TENANT_ID, change);
  }).toThrow('is not locked');
  expect(sessions.hasChanges).toBe(false);
});

it.each([
  [[true], 1],
  [[false], 0],
  [[false, true], 1],
  [[true, false], 1],
  [[false, false], 0],
])('positions are forgotten if any change forgets them: %p', (flags, owners) => {
  const sessions = locked();
  for (const [eventAt, forgetsPositions] of flags.entries()) {
    sessions.set(TENANT_ID, { characterId: CHARACTER, session: LOCATION, eventAt, forgetsPositions });
  }
  expect(sessions.owners).toHaveLength(owners);
  expect(sessions.ongoing).toHaveLength(1);
});
