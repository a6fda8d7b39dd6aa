import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { dispatchCharacterStatus } from '../../generated/contract/messages/character-status.js';
import type { CharacterStatusHandlers } from '../../generated/contract/messages/character-status.js';
import type { MessageHeaders } from '../context.ts';
import { deleteAllPets } from '../domain/deletion.ts';
import { changeSession, endSession } from '../domain/session-events.ts';
import { NIL_INSTANCE } from '../domain/session.ts';
import type { GameLocation } from '../domain/session.ts';
import { ownerTask } from './task.ts';
import type { Handler, Task } from './task.ts';

const NONE = () => [];

/** What the events of characters do to their sessions and pets. */
const handlers: CharacterStatusHandlers<MessageHeaders, Task<MessageHeaders>> = {
  LOGIN: ownerTask({
    load: ['lastSessionEventAt'],
    prefetch: NONE,
    decide: ({ worldId, characterId, body: { channelId, mapId, instance } }, input) =>
      changeSession(characterId, locationOf({ worldId, channelId, mapId, instance }), input),
  }),
  LOGOUT: ownerTask({
    load: ['lastSessionEventAt'],
    prefetch: NONE,
    decide: ({ characterId }, input) => changeSession(characterId, null, input),
  }),
  MAP_CHANGED: ownerTask({
    load: ['lastSessionEventAt'],
    prefetch: NONE,
    decide: ({ worldId, characterId, body: { channelId, targetMapId: mapId, targetInstance: instance } }, input) =>
      changeSession(characterId, locationOf({ worldId, channelId, mapId, instance }), input),
  }),
  CHANNEL_CHANGED: ownerTask({
    load: ['lastSessionEventAt'],
    prefetch: NONE,
    decide: ({ worldId, characterId, body: { channelId, mapId, instance } }, input) =>
      changeSession(characterId, locationOf({ worldId, channelId, mapId, instance }), input),
  }),
  DELETED: ownerTask({
    load: ['ownedPets', 'lastSessionEventAt'],
    prefetch: NONE,
    decide: ({ characterId }, { ownedPets }) => ({ ...deleteAllPets(ownedPets), session: endSession(characterId) }),
  }),
};

interface ReceivedLocation extends Omit<GameLocation, 'instance'> {
  readonly instance: string | null | undefined;
}

/** Returns a location as the contract counts it: without an instance it is the map itself. */
function locationOf({ instance, ...location }: ReceivedLocation): GameLocation {
  return { ...location, instance: instance ?? NIL_INSTANCE };
}

export const characterEvents: Handler = {
  channel: characterStatus,
  decode(record) {
    const decoded = characterStatus.decode(record);
    return decoded.kind === 'message' ? dispatchCharacterStatus(handlers, decoded.message, decoded.headers) : decoded;
  },
};
