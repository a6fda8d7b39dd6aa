/** Saves position reports. The statement itself decides which are valid, and which foothold each pet has after them. */
import type { PositionReport } from '../../domain/movement.ts';
import { UNKNOWN_POSITION } from '../../domain/pet.ts';
import { arrayColumns } from '../array-columns.ts';
import { queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';

const REPORTS = arrayColumns<PositionReport>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['pet_id', 'int8', ({ petId }) => petId],
  ['owner_id', 'int8', ({ ownerId }) => ownerId],
  ['world_id', 'int2', ({ worldId }) => worldId],
  ['channel_id', 'int2', ({ channelId }) => channelId],
  ['map_id', 'int8', ({ mapId }) => mapId],
  ['instance', 'uuid', ({ instance }) => instance],
  ['x', 'int2', ({ x }) => x],
  ['y', 'int2', ({ y }) => y],
  ['stance', 'int2', ({ stance }) => stance],
  // 0 is no foothold: with nulls in it, finding an element of the array would take longer the further it is.
  ['fh', 'int2', ({ fh }) => fh ?? 0],
);

// Rows are locked in the order of the key, like in every statement that locks these rows, so that two of them never
// deadlock.
// The foothold follows positionAfter() in src/domain/movement.ts. Only the last valid report of a pet is written; its foothold
// is the last one reported since the pet came to this location. If no report has one, the stored row may, unless these reports
// show that the pet was elsewhere before.
export const savePositionsStatement = statement(
  `WITH reported AS (
     SELECT *
       FROM ${REPORTS.unnest(1)}
         WITH ORDINALITY
         AS r (${REPORTS.names}, ordinal)),
   judged AS (
     SELECT reported.*, pet.id IS NULL AS is_unknown, pet.owner_id <> reported.owner_id AS is_foreign,
            s.character_id IS NOT NULL
              AND (s.world_id, s.channel_id, s.map_id, s.instance)
                  <> (reported.world_id, reported.channel_id, reported.map_id, reported.instance) AS is_stale
       FROM reported
       LEFT JOIN pet ON pet.tenant_id = reported.tenant_id AND pet.id = reported.pet_id
       LEFT JOIN character_session s ON s.tenant_id = reported.tenant_id AND s.character_id = reported.owner_id),
   valid AS (
     SELECT *,
            (lag(world_id) OVER w, lag(channel_id) OVER w, lag(map_id) OVER w, lag(instance) OVER w)
              <> (world_id, channel_id, map_id, instance) AS comes_from_elsewhere
       FROM judged
      WHERE NOT is_unknown AND NOT is_foreign AND NOT is_stale
     WINDOW w AS (PARTITION BY pet_id ORDER BY ordinal)),
   traced AS (
     SELECT *,
            max(ordinal) FILTER (WHERE comes_from_elsewhere) OVER w AS came_at,
            max(ordinal) FILTER (WHERE fh <> 0) OVER w AS foothold_at
       FROM valid
     WINDOW w AS (PARTITION BY pet_id ORDER BY ordinal)),
   written AS (
     INSERT INTO pet_position (pet_id, world_id, channel_id, map_id, instance, x, y, stance, fh)
     SELECT DISTINCT ON (pet_id) pet_id, world_id, channel_id, map_id, instance, x, y, stance,
            CASE WHEN foothold_at >= coalesce(came_at, 0) THEN ($11::smallint[])[foothold_at]
                 WHEN came_at IS NOT NULL THEN ${String(UNKNOWN_POSITION.fh)}
            END
       FROM traced
      ORDER BY pet_id, ordinal DESC
     ON CONFLICT (pet_id) DO UPDATE
        SET world_id = excluded.world_id, channel_id = excluded.channel_id, map_id = excluded.map_id,
            instance = excluded.instance, x = excluded.x, y = excluded.y, stance = excluded.stance,
            fh = CASE
                   WHEN excluded.fh IS NOT NULL THEN excluded.fh
                   WHEN (pet_position.world_id, pet_position.channel_id, pet_position.map_id, pet_position.instance)
                        = (excluded.world_id, excluded.channel_id, excluded.map_id, excluded.instance)
                   THEN pet_position.fh
                 END
     RETURNING pet_id)
   SELECT (SELECT count(*) FROM written)::int AS written,
          (count(*) FILTER (WHERE is_unknown))::int AS unknown,
          (count(*) FILTER (WHERE is_foreign))::int AS foreign,
          (count(*) FILTER (WHERE is_stale AND NOT is_unknown AND NOT is_foreign))::int AS stale
     FROM judged`,
  REPORTS.types,
  { written: 'int4', unknown: 'int4', foreign: 'int4', stale: 'int4' },
);

/** Outcomes of position reports: written; of no pet; of another owner's pet; from a map that the owner has left; or superseded. */
export interface SavedPositions {
  readonly written: number;
  readonly unknown: number;
  readonly foreign: number;
  readonly stale: number;
}

/** Saves the last valid report of each pet. */
export function savePositions(connection: Connection, reports: readonly PositionReport[]): Promise<SavedPositions> {
  return queryOne(connection, savePositionsStatement, ...REPORTS.values(reports));
}
