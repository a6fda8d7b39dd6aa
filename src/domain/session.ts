/** The instance that is the map itself. */
export const NIL_INSTANCE = '00000000-0000-0000-0000-000000000000';

/** A location in the game. */
export interface GameLocation {
  /** 0 to 255. */
  readonly worldId: number;
  /** 0 to 255. */
  readonly channelId: number;
  /** uint32. */
  readonly mapId: number;
  /** UUID; the nil UUID is the map itself. */
  readonly instance: string;
}

/** The location of a logged-in character. */
export type Session = GameLocation;

export interface SessionChange {
  /** uint32. */
  readonly characterId: number;
  /** The session from now on; null if it has ended. */
  readonly session: Session | null;
  /**
   * The timestamp of the session event that causes the change: milliseconds since 1970. Undefined for another event, which
   * leaves the last session event as it is.
   */
  readonly eventAt: number | undefined;
  /** Whether the positions of the character's pets are forgotten. */
  readonly forgetsPositions: boolean;
}

/**
 * Whether a session event (LOGIN, LOGOUT, MAP_CHANGED, CHANNEL_CHANGED) is older than one that was applied already. A
 * stale event changes nothing: producers that ignore the key put the events of one character into several partitions, so
 * they are read in any order. Of two events with one timestamp the one that is read later counts.
 *
 * @param sentAt the event's timestamp: milliseconds since 1970.
 * @param lastEventAt the timestamp of the character's last applied session event; undefined if there is none.
 */
export function isStaleSessionEvent(sentAt: number, lastEventAt: number | undefined): boolean {
  return lastEventAt !== undefined && sentAt < lastEventAt;
}

/** Whether both are the same world, channel, map and instance. */
export function isSameLocation(one: GameLocation, other: GameLocation): boolean {
  return (
    one.mapId === other.mapId &&
    one.channelId === other.channelId &&
    one.worldId === other.worldId &&
    one.instance === other.instance
  );
}
