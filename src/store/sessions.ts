import type { SessionChange } from '../domain/session.ts';
import { execute, list, statement } from './statement.ts';
import type { Connection } from './statement.ts';

// In the order of the key, like all that several transactions may write: they never wait for each other in a circle.
export const saveSessionsStatement = statement(
  `INSERT INTO character_session (tenant_id, character_id, world_id, channel_id, map_id, instance)
   SELECT *
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

interface Placed {
  readonly tenantId: string;
  readonly change: SessionChange;
}

/** Where characters are, as the messages of one unit of work leave it: of each the last word counts. */
export class Sessions {
  readonly #changes = new Map<string, Placed>();

  set(tenantId: string, change: SessionChange): void {
    this.#changes.set(`${tenantId}/${String(change.characterId)}`, { tenantId, change });
  }

  /** Whether something was said of where this character is: its pets' positions are void. */
  has(tenantId: string, characterId: number): boolean {
    return this.#changes.has(`${tenantId}/${String(characterId)}`);
  }

  /** Whose pets' positions are void. */
  get owners(): readonly { readonly tenantId: string; readonly ownerId: number }[] {
    return [...this.#changes.values()].map(({ tenantId, change }) => ({ tenantId, ownerId: change.characterId }));
  }

  /** Writes where they are. */
  async save(connection: Connection): Promise<void> {
    const changes = [...this.#changes.values()];
    const gone = changes.filter(({ change }) => change.session === null);
    if (gone.length > 0) await execute(connection, deleteSessionsStatement, ...keysOf(gone));
    const there = changes.flatMap((placed) =>
      placed.change.session === null ? [] : [{ ...placed, session: placed.change.session }],
    );
    if (there.length === 0) return;
    await execute(
      connection,
      saveSessionsStatement,
      ...keysOf(there),
      list(there.map(({ session }) => session.worldId)),
      list(there.map(({ session }) => session.channelId)),
      list(there.map(({ session }) => session.mapId)),
      list(there.map(({ session }) => session.instance)),
    );
  }
}

function keysOf(placed: readonly Placed[]): [tenants: string, characters: string] {
  return [list(placed.map(({ tenantId }) => tenantId)), list(placed.map(({ change }) => change.characterId))];
}
