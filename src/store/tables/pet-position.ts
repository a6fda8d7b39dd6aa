import { UNKNOWN_POSITION } from '../../domain/pet.ts';
import type { PetPosition, Position } from '../../domain/pet.ts';
import { NIL_INSTANCE } from '../../domain/session.ts';
import type { Session } from '../../domain/session.ts';
import { arrayColumns } from '../array-columns.ts';
import { chunksOf, execute, list, queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { number, optionalGroup, plainText, readRows } from '../text-rows.ts';
import { OWNER_KEYS } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { PET_KEYS } from './pet-key.ts';
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

/** The foothold of position `p`: null without a position, and the default if none was reported. */
const FOOTHOLD = `CASE WHEN p.pet_id IS NOT NULL THEN coalesce(p.fh, ${String(UNKNOWN_POSITION.fh)}) END`;

/** A pet's position and its owner's session are one line of a text. What is missing is an empty column. */
const POSITION_ROWS = readRows(
  { column: ' ', row: ';' },
  {
    petId: number('pet.id'),
    position: optionalGroup(',', {
      x: number('p.x'),
      y: number('p.y'),
      stance: number('p.stance'),
      fh: number(FOOTHOLD),
    }),
    session: optionalGroup(',', {
      worldId: number('s.world_id'),
      channelId: number('s.channel_id'),
      mapId: number('s.map_id'),
      instance: plainText('s.instance'),
    }),
  },
);

export const loadPositionsStatement = statement(
  `SELECT ${POSITION_ROWS.aggregate()} AS positions
     FROM ${PET_KEYS.unnest(1, 'target')}
     JOIN pet USING (tenant_id, id)
     ${WITH_POSITION}`,
  PET_KEYS.types,
  { positions: 'text?' },
);

/** Without a session every position counts, see {@link WITH_POSITION}. */
const ANYWHERE: Session = { worldId: 0, channelId: 0, mapId: 0, instance: NIL_INSTANCE };

const NEW_POSITIONS = arrayColumns<NewPosition>()(
  ['pet_id', 'int8', ({ petId }) => petId],
  ['world_id', 'int2', ({ session = ANYWHERE }) => session.worldId],
  ['channel_id', 'int2', ({ session = ANYWHERE }) => session.channelId],
  ['map_id', 'int8', ({ session = ANYWHERE }) => session.mapId],
  ['instance', 'uuid', ({ session = ANYWHERE }) => session.instance],
  ['x', 'int2', ({ position }) => position.x],
  ['y', 'int2', ({ position }) => position.y],
  ['stance', 'int2', ({ position }) => position.stance],
  ['fh', 'int2', ({ position }) => position.fh],
);

export const upsertPositionsStatement = statement(
  `INSERT INTO pet_position (${NEW_POSITIONS.names})
   SELECT *
     FROM ${NEW_POSITIONS.unnest(1, 'spawned')}
    ORDER BY pet_id
   ON CONFLICT (pet_id) DO UPDATE
      SET world_id = excluded.world_id, channel_id = excluded.channel_id, map_id = excluded.map_id,
          instance = excluded.instance, x = excluded.x, y = excluded.y, stance = excluded.stance, fh = excluded.fh`,
  NEW_POSITIONS.types,
  {},
);

export const deletePositionsStatement = statement(
  `DELETE FROM pet_position
    WHERE pet_id IN (
            SELECT pet_id
              FROM pet_position
             WHERE pet_id IN (
                     SELECT pet.id
                       FROM ${OWNER_KEYS.unnest(1, 'moved')}
                       JOIN pet USING (tenant_id, owner_id)
                      UNION ALL
                     SELECT unnest($3::bigint[]))
             ORDER BY pet_id
               FOR UPDATE)`,
  [...OWNER_KEYS.types, 'int8[]'],
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

/** Loads the positions of these pets and the sessions of their owners, by the pets' ids. */
export async function loadPositions(
  connection: Connection,
  pets: readonly PetKey[],
): Promise<Map<number, SessionPosition>> {
  const { positions } = await queryOne(connection, loadPositionsStatement, ...PET_KEYS.values(pets));
  return new Map(POSITION_ROWS.parse(positions).map(({ petId, ...position }) => [petId, position]));
}

/** Upserts the positions of pets that were just spawned, in the session of their owner. */
export async function upsertPositions(connection: Connection, positions: readonly NewPosition[]): Promise<void> {
  if (positions.length === 0) return;
  await execute(connection, upsertPositionsStatement, ...NEW_POSITIONS.values(positions));
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
  await execute(connection, deletePositionsStatement, ...OWNER_KEYS.values(owners), list(first));
  for (const some of others) await execute(connection, deletePositionsStatement, ...OWNER_KEYS.values([]), list(some));
}
