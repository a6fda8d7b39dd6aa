import { changed } from './pet.ts';
import type { Changed, Stale } from './pet.ts';
import type { RuleInput } from './rule-input.ts';
import { isStaleSessionEvent } from './session.ts';
import type { GameLocation, SessionChange } from './session.ts';

/**
 * Applies a session event. LOGIN, MAP_CHANGED and CHANNEL_CHANGED move the character to a location, and start a session
 * if there is none; LOGOUT ends it. Each of them forgets the positions of the character's pets, also if it leads to the
 * same location: clients report new positions. A {@link isStaleSessionEvent stale} event changes nothing.
 *
 * @param location null ends the session.
 */
export function changeSession(
  characterId: number,
  location: GameLocation | null,
  { sentAt, lastSessionEventAt }: RuleInput<'lastSessionEventAt'>,
): Changed | Stale {
  if (isStaleSessionEvent(sentAt, lastSessionEventAt)) return { kind: 'stale' };
  const session = { characterId, session: location, eventAt: sentAt, forgetsPositions: true };
  return { ...changed([], []), session };
}

/**
 * Ends the session of a deleted character and forgets the positions of its pets. Never stale: a deleted character has no
 * session, whatever was sent later.
 */
export function endSession(characterId: number): SessionChange {
  return { characterId, session: null, eventAt: undefined, forgetsPositions: true };
}
