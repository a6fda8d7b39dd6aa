import type { Session } from '../../domain/session.ts';
import { arrayColumns } from '../array-columns.ts';
import { DUE, DUE_ROWS } from '../due.ts';
import type { DueOwner, DueCursor } from '../due.ts';
import { execute, queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { keysIn, OWNER_KEYS, ownersIn } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { CHARACTER_KEYS } from './session-clock.ts';
import type { CharacterKey } from './session-clock.ts';

/** A character and its session. */
export interface CharacterSession extends CharacterKey, Session {}

const SESSIONS = arrayColumns<CharacterSession>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['character_id', 'int8', ({ characterId }) => characterId],
  ['world_id', 'int2', ({ worldId }) => worldId],
  ['channel_id', 'int2', ({ channelId }) => channelId],
  ['map_id', 'int8', ({ mapId }) => mapId],
  ['instance', 'uuid', ({ instance }) => instance],
);

// In the order of the key, so that transactions never deadlock. An existing session keeps its `hunger_due_at`: a LOGIN
// within a session must not restart hunger.
export const upsertSessionsStatement = statement(
  `INSERT INTO character_session (${SESSIONS.names}, hunger_due_at)
   SELECT s.*, to_timestamp($7::float8 / 1000)
     FROM ${SESSIONS.unnest(1, 's')}
    ORDER BY tenant_id, character_id
   ON CONFLICT (tenant_id, character_id) DO UPDATE
      SET world_id = excluded.world_id, channel_id = excluded.channel_id, map_id = excluded.map_id,
          instance = excluded.instance`,
  [...SESSIONS.types, 'float8'],
  {},
);

export const deleteSessionsStatement = statement(
  `DELETE FROM character_session
    WHERE (tenant_id, character_id) IN (
            SELECT tenant_id, character_id
              FROM character_session
             WHERE (tenant_id, character_id) IN (SELECT * FROM ${CHARACTER_KEYS.unnest(1)})
             ORDER BY tenant_id, character_id
               FOR UPDATE)`,
  CHARACTER_KEYS.types,
  {},
);

export const dueHungerStatement = statement(
  `SELECT ${DUE}
     FROM (SELECT s.hunger_due_at AS at, s.tenant_id, s.character_id AS owner_id, s.character_id AS id,
                  (SELECT string_agg(DISTINCT template_id::text, ',')
                     FROM pet
                    WHERE pet.tenant_id = s.tenant_id AND pet.owner_id = s.character_id AND slot IS NOT NULL) AS templates,
                  row_number() OVER (ORDER BY s.hunger_due_at, s.tenant_id, s.character_id) AS place
             FROM (SELECT *
                     FROM character_session
                    WHERE hunger_due_at <= to_timestamp($1::float8 / 1000)
                      AND (hunger_due_at, tenant_id, character_id)
                          > (to_timestamp($2::float8 / 1000)::timestamptz(3), $3::uuid, $4::bigint)
                    ORDER BY hunger_due_at, tenant_id, character_id
                    LIMIT $5::int) AS s) AS line`,
  ['float8', 'float8', 'uuid', 'int8', 'int4'],
  { due: 'text?' },
);

// SKIP LOCKED reads the row as it is now: one that was postponed or deleted since it was read is not in the answer.
export const claimSessionsStatement = statement(
  `SELECT string_agg(tenant_id || '/' || character_id, ',') AS owners
     FROM (SELECT tenant_id, character_id
             FROM character_session
            WHERE (tenant_id, character_id) IN (SELECT * FROM ${OWNER_KEYS.unnest(1)})
              AND hunger_due_at <= to_timestamp($3::float8 / 1000)
            ORDER BY tenant_id, character_id
              FOR UPDATE SKIP LOCKED) AS claimed`,
  [...OWNER_KEYS.types, 'float8'],
  { owners: 'text?' },
);

export const postponeHungerStatement = statement(
  `UPDATE character_session s
      SET hunger_due_at = to_timestamp($3::float8 / 1000)
     FROM ${OWNER_KEYS.unnest(1, 'done')}
    WHERE s.tenant_id = done.tenant_id AND s.character_id = done.owner_id`,
  [...OWNER_KEYS.types, 'float8'],
  {},
);

/** Upserts sessions. @param firstHungerAt when a session that begins now is first due for hunger, milliseconds since 1970. */
export async function upsertSessions(
  connection: Connection,
  sessions: readonly CharacterSession[],
  firstHungerAt: number,
): Promise<void> {
  if (sessions.length === 0) return;
  await execute(connection, upsertSessionsStatement, ...SESSIONS.values(sessions), firstHungerAt);
}

export async function deleteSessions(connection: Connection, characters: readonly CharacterKey[]): Promise<void> {
  if (characters.length > 0) await execute(connection, deleteSessionsStatement, ...CHARACTER_KEYS.values(characters));
}

/** Logged-in characters whose pets are due for hunger; first those that have waited longest. */
export async function dueHunger(
  connection: Connection,
  now: number,
  after: DueCursor,
  limit: number,
): Promise<DueOwner[]> {
  const { at, tenantId, id } = after;
  const { due } = await queryOne(connection, dueHungerStatement, now, at, tenantId, id, limit);
  return DUE_ROWS.parse(due);
}

/** Locks those sessions that are still due for hunger and that no other session of the database holds. @returns their owners. */
export async function claimDueSessions<Owner extends OwnerKey>(
  connection: Connection,
  owners: readonly Owner[],
  now: number,
): Promise<Owner[]> {
  const claim = await queryOne(connection, claimSessionsStatement, ...OWNER_KEYS.values(owners), now);
  return ownersIn(owners, keysIn(claim.owners));
}

/** Sets when these owners (claimed) are next due for hunger: at `dueAt`, milliseconds since 1970. */
export async function postponeHunger(
  connection: Connection,
  owners: readonly OwnerKey[],
  dueAt: number,
): Promise<void> {
  if (owners.length > 0) await execute(connection, postponeHungerStatement, ...OWNER_KEYS.values(owners), dueAt);
}
