import { UNKNOWN_POSITION } from './pet.ts';
import type { Position } from './pet.ts';
import { isSameLocation } from './session.ts';
import type { GameLocation } from './session.ts';

/** Where a client reports a pet. */
export interface PositionReport extends GameLocation, Omit<Position, 'fh'> {
  readonly tenantId: string;
  /** Up to 2^53 - 1: an id that no pet can have is an unknown pet. */
  readonly petId: number;
  /** Whose pet it is said to be, uint32. */
  readonly ownerId: number;
  /** The foothold that the client reports, int16 and never 0; undefined if it reports none. */
  readonly fh: number | undefined;
}

/** A position, and the place in the game that it belongs to. */
export type StoredPosition = GameLocation & Position;

/** Returns the foothold of a movement. The channel server sends 0 if the client reported none. */
export function reportedFoothold(fh: number | null | undefined): number | undefined {
  return fh === 0 ? undefined : (fh ?? undefined);
}

/**
 * Returns the position of a pet after a report. A report without a foothold leaves the one that was known in the same
 * place; a foothold of another place means nothing here.
 *
 * @param known the position so far; undefined if none is known.
 */
export function positionAfter(known: StoredPosition | undefined, report: PositionReport): StoredPosition {
  const { worldId, channelId, mapId, instance, x, y, stance } = report;
  const knownFoothold = known && isSameLocation(known, report) ? known.fh : undefined;
  return { worldId, channelId, mapId, instance, x, y, stance, fh: report.fh ?? knownFoothold ?? UNKNOWN_POSITION.fh };
}

/** Whether two reports are both true or both false: they name the same owner in the same place. */
export function isSameClaim(one: PositionReport, other: PositionReport): boolean {
  return one.ownerId === other.ownerId && isSameLocation(one, other);
}

/**
 * Returns what is left of two reports of the {@link isSameClaim same claim}: the newer one, with the foothold of the
 * older one if it has none. Writing only this one is the same as writing both.
 */
export function superseding(older: PositionReport, newer: PositionReport): PositionReport {
  return newer.fh === undefined ? { ...newer, fh: older.fh } : newer;
}
