import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { NIL_INSTANCE } from '../../generated/contract/messages/character-status.ts';
import type {
  CharacterStatusEvent,
  CharacterStatusHandlers,
} from '../../generated/contract/messages/character-status.ts';
import { deleteAll } from '../domain/deletion.ts';
import { changed } from '../domain/pet.ts';
import type { Changed, Stale } from '../domain/pet.ts';
import { isStaleSessionEvent } from '../domain/session.ts';
import type { Session } from '../domain/session.ts';
import type { RuleInput } from '../domain/rule-input.ts';
import type { Handler } from './task.ts';

/** What a character does, and what that does to its pets. */
const handlers: CharacterStatusHandlers<RuleInput, Changed | Stale> = {
  LOGIN: ({ worldId, characterId, body }, turn) => isNow(characterId, { worldId, ...body }, turn),
  LOGOUT: ({ characterId }, turn) => isNow(characterId, null, turn),
  MAP_CHANGED: ({ worldId, characterId, body: { channelId, targetMapId, targetInstance } }, turn) =>
    isNow(characterId, { worldId, channelId, mapId: targetMapId, instance: targetInstance }, turn),
  CHANNEL_CHANGED: ({ worldId, characterId, body }, turn) => isNow(characterId, { worldId, ...body }, turn),
  // Never stale: a deleted character has no session, whatever was sent later.
  DELETED: ({ characterId }, { pets }) => ({
    ...deleteAll(pets),
    session: { characterId, session: null, eventAt: undefined },
  }),
};

type Place = Omit<Session, 'instance'> & { readonly instance?: string | null | undefined };

/** The character is at this place; null is not in the game. Stale if a later event has said where it is. */
function isNow(characterId: number, place: Place | null, { sentAt, lastSessionEventAt }: RuleInput): Changed | Stale {
  if (isStaleSessionEvent(sentAt, lastSessionEventAt)) return { kind: 'stale' };
  const session = place && {
    worldId: place.worldId,
    channelId: place.channelId,
    mapId: place.mapId,
    instance: place.instance ?? NIL_INSTANCE,
  };
  return { ...changed([], []), session: { characterId, session, eventAt: sentAt } };
}

export const characterEvents: Handler = {
  channel: characterStatus,
  decode(record) {
    const decoded = characterStatus.decode(record);
    if (decoded.kind !== 'message') return decoded;
    const { message: event, headers: context } = decoded;
    return {
      kind: 'task',
      context,
      sessionOf: event.characterId,
      subject: event.type === 'DELETED' ? { ownerId: event.characterId } : undefined,
      prefetch: [],
      decide: (turn) => decide(event, turn),
    };
  },
};

function decide(event: CharacterStatusEvent, turn: RuleInput): Changed | Stale {
  // The map pairs each type with its handler; the compiler cannot follow a union through it.
  const handler = handlers[event.type] as (event: CharacterStatusEvent, turn: RuleInput) => Changed | Stale;
  return handler(event, turn);
}
