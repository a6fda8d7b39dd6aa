import { NIL_INSTANCE } from '../../../generated/contract/messages/character-status.ts';
import { UNKNOWN_POSITION } from '../../domain/pet.ts';
import type { PetPosition, Position } from '../../domain/pet.ts';
import type { Session } from '../../domain/session.ts';
import { chunksOf, execute, list, query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { ownerKeyColumns } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { petKeyColumns } from './pet-key.ts';
import type { PetKey } from './pet-key.ts';

/**
 * Joins `pet` with its position `p`, if that counts: an upsert may race a map change, so a position outside of the map of the
 * owner's session is none.
 */
export const WITH_POSITION = `LEFT JOIN character_session s ON s.tenant_id = pet.tenant_id AND s.character_id = pet.owner_id
     LEFT JOIN pet_position p
            ON p.pet_id = pet.id
           AND (s.character_id IS NULL
                OR (p.world_id, p.channel_id, p.map_id, p.instance) = (s.world_id, s.channel_id, s.map_id, s.instance))`;

/** The foothold of position `p`: null without a position, and the default if nobody has reported one. */
const FOOTHOLD = `CASE WHEN p.pet_id IS NOT NULL THEN coalesce(p.fh, ${String(UNKNOWN_POSITION.fh)}) END`;

// A position is one line of a text, like a pet in src/store/tables/pet.ts. What is missing is an empty column.
export const loadPositionsStatement = statement(
  `SELECT string_agg(concat_ws(' ', pet.id,
                               concat_ws(',', p.x, p.y, p.stance, ${FOOTHOLD}),
                               concat_ws(',', s.world_id, s.channel_id, s.map_id, s.instance)),
                     ';') AS positions
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
     JOIN pet USING (tenant_id, id)
     ${WITH_POSITION}`,
  { positions: 'text?' },
);

export const upsertPositionsStatement = statement(
  `INSERT INTO pet_position (pet_id, world_id, channel_id, map_id, instance, x, y, stance, fh)
   SELECT *
     FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::uuid[], $6::smallint[], $7::smallint[],
                 $8::smallint[], $9::smallint[]) AS placed (pet_id, world_id, channel_id, map_id, instance, x, y, stance, fh)
    ORDER BY pet_id
   ON CONFLICT (pet_id) DO UPDATE
      SET world_id = excluded.world_id, channel_id = excluded.channel_id, map_id = excluded.map_id,
          instance = excluded.instance, x = excluded.x, y = excluded.y, stance = excluded.stance, fh = excluded.fh`,
  {},
);

export const deletePositionsStatement = statement(
  `DELETE FROM pet_position
    WHERE pet_id IN (
            SELECT pet_id
              FROM pet_position
             WHERE pet_id IN (
                     SELECT pet.id
                       FROM unnest($1::uuid[], $2::bigint[]) AS moved (tenant_id, owner_id)
                       JOIN pet USING (tenant_id, owner_id)
                      UNION ALL
                     SELECT unnest($3::bigint[]))
             ORDER BY pet_id
               FOR UPDATE)`,
  {},
);

/** A pet's position, and its owner's session; undefined if it is not known. */
export interface SessionPosition {
  readonly position: Position | undefined;
  readonly session: Session | undefined;
}

/** The position of a pet that was just spawned, and its owner's session at that time. */
export interface NewPosition extends PetPosition {
  readonly session: Session | undefined;
}

/** Without a session every position counts, see {@link WITH_POSITION}. */
const ANYWHERE: Session = { worldId: 0, channelId: 0, mapId: 0, instance: NIL_INSTANCE };

/** Loads the positions of these pets and the sessions of their owners, by the pets' ids. */
export async function loadPositions(
  connection: Connection,
  pets: readonly PetKey[],
): Promise<Map<number, SessionPosition>> {
  const [loaded] = await query(connection, loadPositionsStatement, ...petKeyColumns(pets));
  const rows = loaded?.positions ? loaded.positions.split(';') : [];
  return new Map(
    rows.map((row) => {
      const [petId, position = '', session = ''] = row.split(' ');
      return [Number(petId), { position: positionOf(position), session: sessionOf(session) }];
    }),
  );
}

function positionOf(columns: string): Position | undefined {
  if (columns === '') return undefined;
  const [x = 0, y = 0, stance = 0, fh = 0] = columns.split(',').map(Number);
  return { x, y, stance, fh };
}

function sessionOf(columns: string): Session | undefined {
  if (columns === '') return undefined;
  const [worldId, channelId, mapId, instance = ''] = columns.split(',');
  return { worldId: Number(worldId), channelId: Number(channelId), mapId: Number(mapId), instance };
}

/** Upserts the positions of pets that were just spawned, in the session of their owner. */
export async function upsertPositions(connection: Connection, positions: readonly NewPosition[]): Promise<void> {
  if (positions.length === 0) return;
  const column = (of: (one: PetPosition & Session) => number | string) =>
    list(positions.map(({ session = ANYWHERE, ...one }) => of({ ...one, ...session })));
  await execute(
    connection,
    upsertPositionsStatement,
    column((one) => one.petId),
    column((one) => one.worldId),
    column((one) => one.channelId),
    column((one) => one.mapId),
    column((one) => one.instance),
    column((one) => one.position.x),
    column((one) => one.position.y),
    column((one) => one.position.stance),
    column((one) => one.position.fh),
  );
}

/**
 * Deletes the positions of all pets of these owners and of other pets, in one statement, which locks all these rows in order.
 * If there are very many pets, the first go with the owners, the others follow in the order of the key.
 */
export async function deletePositions(
  connection: Connection,
  owners: readonly OwnerKey[],
  petIds: readonly number[],
): Promise<void> {
  if (owners.length === 0 && petIds.length === 0) return;
  const [first = [], ...others] = chunksOf(petIds.toSorted((a, b) => a - b));
  await execute(connection, deletePositionsStatement, ...ownerKeyColumns(owners), list(first));
  for (const some of others) await execute(connection, deletePositionsStatement, list([]), list([]), list(some));
}
