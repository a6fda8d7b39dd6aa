/** The timestamp of each character's last applied session event, which outlives the session. */
import { characterStatus } from '../../../generated/contract/channels/character-status.ts';
import { InvariantError } from '../../invariant.ts';
import { execute, list, query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';

export interface CharacterKey {
  readonly tenantId: string;
  /** uint32. */
  readonly characterId: number;
}

export interface SessionClock extends CharacterKey {
  /** Milliseconds since 1970; undefined if no session event was applied. */
  readonly lastEventAt: number | undefined;
  readonly hasSession: boolean;
}

/** Milliseconds that a clock is kept beyond the session: as long as an older event may be read. */
export const CLOCK_RETENTION_MS = Number(characterStatus.config['retention.ms']);
/** A unit of work deletes up to so many expired clocks for each one that it locks: more than it can create. */
const FORGOTTEN_PER_LOCKED = 2;

// Locks the rows in the order of the key, and inserts those that are missing: of two units of work that read the first
// events of one character, the later one waits and then sees the timestamp of the earlier one. FOR UPDATE cannot lock a
// row that does not exist, hence the update that changes nothing.
export const lockClocksStatement = statement(
  `WITH locked AS (
     INSERT INTO session_clock (tenant_id, character_id, forget_at)
     SELECT tenant_id, character_id, now() + $3::float8 * interval '1 ms'
       FROM unnest($1::uuid[], $2::bigint[]) AS c (tenant_id, character_id)
      ORDER BY tenant_id, character_id
     ON CONFLICT (tenant_id, character_id) DO UPDATE SET last_event_at = session_clock.last_event_at
     RETURNING tenant_id, character_id, last_event_at)
   SELECT string_agg(concat_ws(' ', tenant_id || '/' || character_id, last_event_at), ',') AS clocks FROM locked`,
  { clocks: 'text?' },
);

export const updateClocksStatement = statement(
  `UPDATE session_clock
      SET last_event_at = c.last_event_at,
          forget_at = CASE WHEN c.has_session THEN NULL ELSE now() + $5::float8 * interval '1 ms' END
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bool[])
       AS c (tenant_id, character_id, last_event_at, has_session)
    WHERE session_clock.tenant_id = c.tenant_id AND session_clock.character_id = c.character_id`,
  {},
);

// SKIP LOCKED: no session waits for what is deleted in passing.
export const forgetClocksStatement = statement(
  `DELETE FROM session_clock
    WHERE (tenant_id, character_id) IN (
            SELECT tenant_id, character_id
              FROM session_clock
             WHERE forget_at <= now()
             ORDER BY forget_at
             LIMIT $1::int
               FOR UPDATE SKIP LOCKED)`,
  {},
);

/** Locks the clocks of characters, each named once, until the transaction ends. @returns `lastEventAt` by key; undefined if there was no event. */
export async function lockClocks(
  connection: Connection,
  characters: readonly CharacterKey[],
): Promise<ReadonlyMap<string, number | undefined>> {
  if (characters.length === 0) return new Map();
  const [locked] = await query(connection, lockClocksStatement, ...characterKeyColumns(characters), CLOCK_RETENTION_MS);
  const clocks = (locked?.clocks ?? '').split(',').map((line): [string, number | undefined] => {
    const [key = '', lastEventAt] = line.split(' ');
    return [key, lastEventAt === undefined ? undefined : Number(lastEventAt)];
  });
  return new Map(clocks);
}

/** Updates clocks, and deletes some of characters whose session ended long ago. @param locked how many clocks are locked. */
export async function updateClocks(
  connection: Connection,
  clocks: readonly SessionClock[],
  locked: number,
): Promise<void> {
  if (clocks.length === 0) return;
  const updated = await execute(
    connection,
    updateClocksStatement,
    ...characterKeyColumns(clocks),
    list(clocks.map(({ lastEventAt = null }) => lastEventAt)),
    list(clocks.map(({ hasSession }) => String(hasSession))),
    CLOCK_RETENTION_MS,
  );
  if (updated !== clocks.length) {
    throw new InvariantError(`${String(clocks.length)} session clocks were changed, ${String(updated)} rows updated`);
  }
  await execute(connection, forgetClocksStatement, locked * FORGOTTEN_PER_LOCKED);
}

/** Returns the key columns of characters. */
export function characterKeyColumns(characters: readonly CharacterKey[]): [tenants: string, characters: string] {
  return [list(characters.map(({ tenantId }) => tenantId)), list(characters.map(({ characterId }) => characterId))];
}
