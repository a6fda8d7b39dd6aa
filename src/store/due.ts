/** What is due by time: read without locks, a chunk after the other, and looked at again by whoever has claimed it. */
import { lockedOf, ownerKeysOf } from './load-rosters.ts';
import type { OwnerTarget } from './rosters.ts';
import { execute, query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

/** An owner of whose pets something is due. */
export interface Due extends OwnerTarget {
  /** The templates of its spawned pets, each once; none where none is out. */
  readonly templates: readonly number[];
  /** Where in the list of what is due it stands: when, in milliseconds since 1970, and what comes next at that time. */
  readonly at: number;
  readonly id: number;
}

/** A place in a list of what is due. */
export type DueCursor = Pick<Due, 'at' | 'tenantId' | 'id'>;

/** Before everything. */
export const FIRST: DueCursor = {
  at: 0,
  tenantId: '00000000-0000-0000-0000-000000000000',
  id: -1,
};

// One line of a text per owner, see loadPetsStatement.
const DUE_LINES = `string_agg(concat_ws(' ', (extract(epoch FROM at) * 1000)::bigint, tenant_id, owner_id, id,
                                    coalesce(templates, '')), ';' ORDER BY place) AS due`;

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

export const dueExpirationStatement = statement(
  `SELECT ${DUE_LINES}
     FROM (SELECT expired.expiration AS at, expired.tenant_id, expired.owner_id, expired.id, expired.template_id::text AS templates,
                  row_number() OVER (ORDER BY expired.expiration, expired.id) AS place
             FROM (SELECT *
                     FROM pet
                    WHERE slot IS NOT NULL
                      AND expiration IS NOT NULL
                      AND expiration <= to_timestamp($1::float8 / 1000)
                      AND (expiration, pet.id) > (to_timestamp($2::float8 / 1000)::timestamptz(3), $3::bigint)
                    ORDER BY expiration, pet.id
                    LIMIT $4::int) AS expired) AS line`,
  { due: 'text?' },
);

// SKIP LOCKED looks at the row as it is now: one that was postponed, or is gone, since it was read is not in the answer.
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

/** Logged-in characters whose pets' hunger has to be looked at, those first that have waited longest. */
export async function dueHunger(connection: Connection, now: number, after: DueCursor, most: number): Promise<Due[]> {
  const [read] = await query(connection, dueHungerStatement, now, after.at, after.tenantId, after.id, most);
  return parseDue(read?.due);
}

/** Owners of spawned pets that have expired, one for each such pet, those first that have waited longest. */
export async function dueExpiration(
  connection: Connection,
  now: number,
  after: DueCursor,
  most: number,
): Promise<Due[]> {
  const [read] = await query(connection, dueExpirationStatement, now, after.at, after.id, most);
  return parseDue(read?.due);
}

/** Locks the sessions of those whose hunger is still due and that nobody else holds. @returns these. */
export async function claimSessions(connection: Connection, owners: readonly Due[], now: number): Promise<Due[]> {
  const [claim] = await query(connection, claimSessionsStatement, ...ownerKeysOf(owners), now);
  return lockedOf(owners, claim?.owners);
}

/** The hunger of these (claimed) is looked at next at `dueAt`, milliseconds since 1970. */
export async function postponeHunger(
  connection: Connection,
  owners: readonly OwnerTarget[],
  dueAt: number,
): Promise<void> {
  if (owners.length > 0) await execute(connection, postponeHungerStatement, ...ownerKeysOf(owners), dueAt);
}

function parseDue(lines: string | null | undefined): Due[] {
  return (lines ?? '').split(';').flatMap((line) => {
    if (line === '') return [];
    const [at, tenantId = '', ownerId, id, templates] = line.split(' ');
    return [
      {
        at: Number(at),
        tenantId,
        ownerId: Number(ownerId),
        id: Number(id),
        templates: templates ? templates.split(',').map(Number) : [],
      },
    ];
  });
}
