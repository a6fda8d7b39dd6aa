/** The timestamp of each character's last applied session event, which outlives the session. */
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import type { SessionChange } from '../domain/session.ts';
import { InvariantError } from '../invariant.ts';
import { characterKey } from '../keys.ts';
import { execute, list, query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

/** Milliseconds that a clock is kept beyond the session: as long as an older event may be read. */
export const CLOCK_RETENTION_MS = Number(characterStatus.config['retention.ms']);
/** Each unit of work deletes up to so many forgotten clocks for each one that it locks: more than it can create. */
const FORGOTTEN_PER_LOCKED = 2;

// Locks the rows in the order of the key, those included that there are not yet: of two units of work that read the first
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

export const saveClocksStatement = statement(
  `UPDATE session_clock
      SET last_event_at = c.last_event_at,
          forget_at = CASE WHEN c.has_session THEN NULL ELSE now() + $5::float8 * interval '1 ms' END
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bool[])
       AS c (tenant_id, character_id, last_event_at, has_session)
    WHERE session_clock.tenant_id = c.tenant_id AND session_clock.character_id = c.character_id`,
  {},
);

// SKIP LOCKED: nobody waits for what is deleted in passing.
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

export interface Character {
  readonly tenantId: string;
  /** uint32. */
  readonly characterId: number;
}

interface Clock extends Character {
  readonly lastEventAt: number | undefined;
  readonly hasSession: boolean;
}

/** The clocks that one unit of work has locked, as its messages leave them. */
export class SessionClocks {
  readonly #stored: ReadonlyMap<string, number | undefined>;
  readonly #changed = new Map<string, Clock>();

  constructor(stored: ReadonlyMap<string, number | undefined>) {
    this.#stored = stored;
  }

  /**
   * Returns the timestamp of a character's last applied session event: milliseconds since 1970; undefined if there is none.
   *
   * @throws if the character's clock is not locked.
   */
  lastEventAt(character: Character): number | undefined {
    const key = characterKey(character.tenantId, character.characterId);
    if (!this.#stored.has(key)) throw new InvariantError(`the session clock of character ${key} is not locked`);
    const changed = this.#changed.get(key);
    return changed === undefined ? this.#stored.get(key) : changed.lastEventAt;
  }

  set(tenantId: string, { characterId, session, eventAt }: SessionChange): void {
    const character = { tenantId, characterId };
    const lastEventAt = eventAt ?? this.lastEventAt(character);
    this.#changed.set(characterKey(tenantId, characterId), { ...character, lastEventAt, hasSession: session !== null });
  }

  /** Writes what has changed, and deletes some clocks of characters whose session ended long ago. */
  async save(connection: Connection): Promise<void> {
    const clocks = [...this.#changed.values()];
    if (clocks.length === 0) return;
    const saved = await execute(
      connection,
      saveClocksStatement,
      ...characterKeys(clocks),
      list(clocks.map(({ lastEventAt = null }) => lastEventAt)),
      list(clocks.map(({ hasSession }) => String(hasSession))),
      CLOCK_RETENTION_MS,
    );
    if (saved !== clocks.length) {
      throw new InvariantError(`${String(clocks.length)} session clocks were changed, ${String(saved)} rows updated`);
    }
    await execute(connection, forgetClocksStatement, this.#stored.size * FORGOTTEN_PER_LOCKED);
  }
}

/** Locks the clocks of characters until the transaction ends, and reads them. */
export async function lockClocks(connection: Connection, characters: readonly Character[]): Promise<SessionClocks> {
  const distinct = [...new Map(characters.map((one) => [characterKey(one.tenantId, one.characterId), one])).values()];
  if (distinct.length === 0) return new SessionClocks(new Map());
  const [locked] = await query(connection, lockClocksStatement, ...characterKeys(distinct), CLOCK_RETENTION_MS);
  const clocks = (locked?.clocks ?? '').split(',').map((line): [string, number | undefined] => {
    const [key = '', lastEventAt] = line.split(' ');
    return [key, lastEventAt === undefined ? undefined : Number(lastEventAt)];
  });
  return new SessionClocks(new Map(clocks));
}

/** The key columns of characters. */
export function characterKeys(characters: readonly Character[]): [tenants: string, characters: string] {
  return [list(characters.map(({ tenantId }) => tenantId)), list(characters.map(({ characterId }) => characterId))];
}
