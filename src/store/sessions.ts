import type { SessionChange } from '../domain/session.ts';
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

/** Where characters are, as the messages of one unit of work leave it: of each the last word counts. */
export class Sessions {
  readonly #changes = new Map<string, Change>();
  readonly #firstHunger: number;

  /** @param firstHunger when the hunger of a session that begins now is looked at: milliseconds since 1970. */
  constructor(firstHunger: number) {
    this.#firstHunger = firstHunger;
  }

  set(tenantId: string, change: SessionChange): void {
    const key = `${tenantId}/${String(change.characterId)}`;
    const hasEnded = change.session === null || this.#changes.get(key)?.hasEnded === true;
    this.#changes.set(key, { ...change, tenantId, hasEnded });
  }

  /** Whose pets' positions are void. */
  get owners(): readonly { readonly tenantId: string; readonly ownerId: number }[] {
    return [...this.#changes.values()].map(({ tenantId, characterId }) => ({ tenantId, ownerId: characterId }));
  }

  /** Writes where they are. One that has gone on keeps the time of its hunger. */
  async save(connection: Connection): Promise<void> {
    const changes = [...this.#changes.values()];
    const ended = changes.filter(({ hasEnded }) => hasEnded);
    if (ended.length > 0) await execute(connection, deleteSessionsStatement, ...keysOf(ended));
    const there = changes.flatMap((change) => (change.session === null ? [] : [{ ...change, ...change.session }]));
    if (there.length === 0) return;
    await execute(
      connection,
      saveSessionsStatement,
      ...keysOf(there),
      list(there.map(({ worldId }) => worldId)),
      list(there.map(({ channelId }) => channelId)),
      list(there.map(({ mapId }) => mapId)),
      list(there.map(({ instance }) => instance)),
      this.#firstHunger,
    );
  }
}

function keysOf(changes: readonly Change[]): [tenants: string, characters: string] {
  return [list(changes.map(({ tenantId }) => tenantId)), list(changes.map(({ characterId }) => characterId))];
}
