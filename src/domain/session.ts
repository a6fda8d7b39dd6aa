/** A place in the game. */
export interface Place {
  /** 0 to 255. */
  readonly worldId: number;
  /** 0 to 255. */
  readonly channelId: number;
  /** uint32. */
  readonly mapId: number;
  /** UUID; the nil UUID is the map itself. */
  readonly instance: string;
}

/** Where a logged-in character is. */
export type Session = Place;

export interface SessionChange {
  /** uint32. */
  readonly characterId: number;
  /** Null: it is not logged in any more. */
  readonly session: Session | null;
}

/** Whether both are the same world, channel, map and instance. */
export function isSamePlace(one: Place, other: Place): boolean {
  return (
    one.mapId === other.mapId &&
    one.channelId === other.channelId &&
    one.worldId === other.worldId &&
    one.instance === other.instance
  );
}
