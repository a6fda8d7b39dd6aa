import type { SessionChange } from '../domain/session.ts';
import { characterKey } from '../keys.ts';
import { characterKeys } from './session-clocks.ts';
import type { SessionClocks } from './session-clocks.ts';
import { execute, list, statement } from './statement.ts';
import type { Connection } from './statement.ts';

// In the order of the key, like all that several transactions may write: they never wait for each other in a circle.
export const saveSessionsStatement = statement(
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

interface Change extends SessionChange {
  readonly tenantId: string;
  /** Whether a session that there was has ended: what comes after it is a new one. */
  readonly hasEnded: boolean;
}

/** Where characters are, as the messages of one unit of work leave it: of each the last change counts. */
export class Sessions {
  readonly #changes = new Map<string, Change>();
  readonly #clocks: SessionClocks;
  readonly #firstHunger: number;

  /**
   * @param clocks those of all characters whose sessions may change, locked.
   * @param firstHunger when the hunger of a session that begins now is looked at: milliseconds since 1970.
   */
  constructor(clocks: SessionClocks, firstHunger: number) {
    this.#clocks = clocks;
    this.#firstHunger = firstHunger;
  }

  /** Returns the timestamp of a character's last applied session event; undefined if there is none. */
  lastEventAt(tenantId: string, characterId: number): number | undefined {
    return this.#clocks.lastEventAt({ tenantId, characterId });
  }

  set(tenantId: string, change: SessionChange): void {
    const key = characterKey(tenantId, change.characterId);
    const hasEnded = change.session === null || this.#changes.get(key)?.hasEnded === true;
    this.#changes.set(key, { ...change, tenantId, hasEnded });
    this.#clocks.set(tenantId, change);
  }

  /** Whose pets' positions are void. */
  get owners(): readonly { readonly tenantId: string; readonly ownerId: number }[] {
    return [...this.#changes.values()].map(({ tenantId, characterId }) => ({ tenantId, ownerId: characterId }));
  }

  /** Writes clocks and sessions. A session that has gone on keeps the time of its hunger. */
  async save(connection: Connection): Promise<void> {
    await this.#clocks.save(connection);
    const changes = [...this.#changes.values()];
    const ended = changes.filter(({ hasEnded }) => hasEnded);
    if (ended.length > 0) await execute(connection, deleteSessionsStatement, ...characterKeys(ended));
    const there = changes.flatMap((change) => (change.session === null ? [] : [{ ...change, ...change.session }]));
    if (there.length === 0) return;
    await execute(
      connection,
      saveSessionsStatement,
      ...characterKeys(there),
      list(there.map(({ worldId }) => worldId)),
      list(there.map(({ channelId }) => channelId)),
      list(there.map(({ mapId }) => mapId)),
      list(there.map(({ instance }) => instance)),
      this.#firstHunger,
    );
  }
}
