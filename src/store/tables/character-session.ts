import type { Session } from '../../domain/session.ts';
import { DUE_LINES, parseDue } from '../due.ts';
import type { Due, DueCursor } from '../due.ts';
import { execute, list, query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { keysIn, ownerKeyColumns, ownersIn } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { characterKeyColumns } from './session-clock.ts';
import type { CharacterKey } from './session-clock.ts';

// In the order of the key, so that transactions never deadlock. An existing session keeps its `hunger_due_at`: a LOGIN
// within a session must not restart hunger.
export const upsertSessionsStatement = statement(
  `INSERT INTO character_session (tenant_id, character_id, world_id, channel_id, map_id, instance, hunger_due_at)
   SELECT s.*, to_timestamp($7::float8 / 1000)
     FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::uuid[])
       AS s (tenant_id, character_id, world_id, channel_id, map_id, instance)
    ORDER BY tenant_id, character_id
   ON CONFLICT (tenant_id, character_id) DO UPDATE
      SET world_id = excluded.world_id, channel_id = excluded.channel_id, map_id = excluded.map_id,
          instance = excluded.instance`,
  {},
);

export const deleteSessionsStatement = statement(
  `DELETE FROM character_session
    WHERE (tenant_id, character_id) IN (
            SELECT tenant_id, character_id
              FROM character_session
             WHERE (tenant_id, character_id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
             ORDER BY tenant_id, character_id
               FOR UPDATE)`,
  {},
);

export const dueHungerStatement = statement(
  `SELECT ${DUE_LINES}
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
  { due: 'text?' },
);

// SKIP LOCKED reads the row as it is now: one that was postponed or deleted since it was read is not in the answer.
export const claimSessionsStatement = statement(
  `SELECT string_agg(tenant_id || '/' || character_id, ',') AS owners
     FROM (SELECT tenant_id, character_id
             FROM character_session
            WHERE (tenant_id, character_id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
              AND hunger_due_at <= to_timestamp($3::float8 / 1000)
            ORDER BY tenant_id, character_id
              FOR UPDATE SKIP LOCKED) AS claimed`,
  { owners: 'text?' },
);

export const postponeHungerStatement = statement(
  `UPDATE character_session s
      SET hunger_due_at = to_timestamp($3::float8 / 1000)
     FROM unnest($1::uuid[], $2::bigint[]) AS done (tenant_id, character_id)
    WHERE s.tenant_id = done.tenant_id AND s.character_id = done.character_id`,
  {},
);

/** A character and its session. */
export interface CharacterSession extends CharacterKey, Session {}

/** Upserts sessions. @param firstHungerAt when a session that begins now is first due for hunger, milliseconds since 1970. */
export async function upsertSessions(
  connection: Connection,
  sessions: readonly CharacterSession[],
  firstHungerAt: number,
): Promise<void> {
  if (sessions.length === 0) return;
  await execute(
    connection,
    upsertSessionsStatement,
    ...characterKeyColumns(sessions),
    list(sessions.map(({ worldId }) => worldId)),
    list(sessions.map(({ channelId }) => channelId)),
    list(sessions.map(({ mapId }) => mapId)),
    list(sessions.map(({ instance }) => instance)),
    firstHungerAt,
  );
}

export async function deleteSessions(connection: Connection, characters: readonly CharacterKey[]): Promise<void> {
  if (characters.length > 0) await execute(connection, deleteSessionsStatement, ...characterKeyColumns(characters));
}

/** Logged-in characters whose pets are due for hunger; first those that have waited longest. */
export async function dueHunger(connection: Connection, now: number, after: DueCursor, limit: number): Promise<Due[]> {
  const [read] = await query(connection, dueHungerStatement, now, after.at, after.tenantId, after.id, limit);
  return parseDue(read?.due);
}

/** Locks those sessions that are still due for hunger and that no other session of the database holds. @returns their owners. */
export async function claimDueSessions<Owner extends OwnerKey>(
  connection: Connection,
  owners: readonly Owner[],
  now: number,
): Promise<Owner[]> {
  const [claim] = await query(connection, claimSessionsStatement, ...ownerKeyColumns(owners), now);
  return ownersIn(owners, keysIn(claim?.owners));
}

/** Sets when these owners (claimed) are next due for hunger: at `dueAt`, milliseconds since 1970. */
export async function postponeHunger(
  connection: Connection,
  owners: readonly OwnerKey[],
  dueAt: number,
): Promise<void> {
  if (owners.length > 0) await execute(connection, postponeHungerStatement, ...ownerKeyColumns(owners), dueAt);
}
