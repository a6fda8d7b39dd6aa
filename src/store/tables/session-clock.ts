/** The timestamp of each character's last applied session event, which outlives the session. */
import { characterStatus } from '../../../generated/contract/channels/character-status.js';
import { InvariantError } from '../../invariant.ts';
import { arrayColumns } from '../array-columns.ts';
import { execute, queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { optionalNumber, plainText, readRows } from '../text-rows.ts';

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

/** Keys of characters as arrays. */
export const CHARACTER_KEYS = arrayColumns<CharacterKey>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['character_id', 'int8', ({ characterId }) => characterId],
);

const CLOCKS = arrayColumns<SessionClock>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['character_id', 'int8', ({ characterId }) => characterId],
  ['last_event_at', 'int8', ({ lastEventAt = null }) => lastEventAt],
  ['has_session', 'bool', ({ hasSession }) => hasSession],
);

/** A clock is one part of a text. The key is that of characterKey() in src/keys.ts. */
const CLOCK_ROWS = readRows(
  { column: ' ', row: ',' },
  { key: plainText(`tenant_id || '/' || character_id`), lastEventAt: optionalNumber('last_event_at') },
);

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
       FROM ${CHARACTER_KEYS.unnest(1, 'c')}
      ORDER BY tenant_id, character_id
     ON CONFLICT (tenant_id, character_id) DO UPDATE SET last_event_at = session_clock.last_event_at
     RETURNING tenant_id, character_id, last_event_at)
   SELECT ${CLOCK_ROWS.aggregate()} AS clocks FROM locked`,
  [...CHARACTER_KEYS.types, 'float8'],
  { clocks: 'text?' },
);

export const updateClocksStatement = statement(
  `UPDATE session_clock
      SET last_event_at = c.last_event_at,
          forget_at = CASE WHEN c.has_session THEN NULL ELSE now() + $5::float8 * interval '1 ms' END
     FROM ${CLOCKS.unnest(1, 'c')}
    WHERE session_clock.tenant_id = c.tenant_id AND session_clock.character_id = c.character_id`,
  [...CLOCKS.types, 'float8'],
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
  ['int4'],
  {},
);

/** Locks the clocks of characters, each named once, until the transaction ends. @returns `lastEventAt` by key; undefined if there was no event. */
export async function lockClocks(
  connection: Connection,
  characters: readonly CharacterKey[],
): Promise<ReadonlyMap<string, number | undefined>> {
  if (characters.length === 0) return new Map();
  const keys = CHARACTER_KEYS.values(characters);
  const { clocks } = await queryOne(connection, lockClocksStatement, ...keys, CLOCK_RETENTION_MS);
  return new Map(CLOCK_ROWS.parse(clocks).map(({ key, lastEventAt }) => [key, lastEventAt ?? undefined]));
}

/** Updates clocks, and deletes some of characters whose session ended long ago. @param locked how many clocks are locked. */
export async function updateClocks(
  connection: Connection,
  clocks: readonly SessionClock[],
  locked: number,
): Promise<void> {
  if (clocks.length === 0) return;
  const updated = await execute(connection, updateClocksStatement, ...CLOCKS.values(clocks), CLOCK_RETENTION_MS);
  if (updated !== clocks.length) {
    throw new InvariantError(`${String(clocks.length)} session clocks were changed, ${String(updated)} rows updated`);
  }
  await execute(connection, forgetClocksStatement, locked * FORGOTTEN_PER_LOCKED);
}
