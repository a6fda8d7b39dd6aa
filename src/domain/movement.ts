import { UNKNOWN_POSITION } from './pet.ts';
import type { Pet, Position } from './pet.ts';
import { isSameLocation } from './session.ts';
import type { GameLocation, Session } from './session.ts';

/** The position of a pet as a client reports it. */
export interface PositionReport extends GameLocation, Omit<Position, 'fh'> {
  readonly tenantId: string;
  /** Up to 2^53 - 1: an id that no pet can have is an unknown pet. */
  readonly petId: number;
  /** The owner as reported, uint32. */
  readonly ownerId: number;
  /** The foothold that the client reports, int16 and never 0; undefined if it reports none. */
  readonly fh: number | undefined;
}

/** A position and the location of its map. */
export type StoredPosition = GameLocation & Position;

/** What becomes of a report: it counts; or it names no pet, another owner's pet, or a location that the owner has left. */
export type ReportVerdict = 'valid' | 'unknown' | 'foreign' | 'stale';

/**
 * Judges a report. If several faults apply, the first counts: unknown, foreign, stale. The service uses the same rule in SQL
 * (src/store/tables/position-reports.ts); test/store/rules.int.test.ts compares both.
 *
 * @param pet the tenant's pet of that id; undefined if there is none.
 * @param session that of the owner whom the report names; undefined if that character is not logged in.
 */
export function judgeReport(
  report: PositionReport,
  pet: Pick<Pet, 'ownerId'> | undefined,
  session: Session | undefined,
): ReportVerdict {
  if (pet === undefined) return 'unknown';
  if (pet.ownerId !== report.ownerId) return 'foreign';
  return isStaleReport(report, session) ? 'stale' : 'valid';
}

/** Whether the owner has left the location of a report: it has a session, and the session is elsewhere. */
export function isStaleReport(report: GameLocation, session: Session | undefined): boolean {
  return session !== undefined && !isSameLocation(report, session);
}

/**
 * Returns the stored position if it counts. One that is not at the location of the owner's session does not: it may have
 * been written while the session changed. Without a session every position counts. The service uses the same rule in SQL
 * (src/store/tables/pet-position.ts); test/store/rules.int.test.ts compares both.
 */
export function validPosition(
  stored: StoredPosition | undefined,
  session: Session | undefined,
): StoredPosition | undefined {
  return stored === undefined || isStaleReport(stored, session) ? undefined : stored;
}

/** Returns the foothold of a movement. The channel server sends 0 if the client reported none. */
export function reportedFoothold(fh: number | null | undefined): number | undefined {
  return fh === 0 ? undefined : (fh ?? undefined);
}

/**
 * Returns the position of a pet after a valid report. A report without a foothold keeps the one that was known at the
 * same location; a foothold of another location means nothing here. The last writer wins. The service uses
 * the same rule in SQL (src/store/tables/position-reports.ts); test/store/position-reports.int.test.ts compares both.
 *
 * @param known the position so far; undefined if none is known.
 */
export function positionAfter(known: StoredPosition | undefined, report: PositionReport): StoredPosition {
  const { worldId, channelId, mapId, instance, x, y, stance } = report;
  const knownFoothold = known && isSameLocation(known, report) ? known.fh : undefined;
  return { worldId, channelId, mapId, instance, x, y, stance, fh: report.fh ?? knownFoothold ?? UNKNOWN_POSITION.fh };
}

/** Whether two reports get the same verdict: they name the same owner at the same location. */
export function isSameClaim(one: PositionReport, other: PositionReport): boolean {
  return one.ownerId === other.ownerId && isSameLocation(one, other);
}

/**
 * Merges two reports of the {@link isSameClaim same claim}: returns the newer one, with the foothold of the older one if
 * it has none. Writing only this one is the same as writing both.
 */
export function superseding(older: PositionReport, newer: PositionReport): PositionReport {
  return newer.fh === undefined ? { ...newer, fh: older.fh } : newer;
}
