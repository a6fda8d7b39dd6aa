/** The headers last seen of each tenant. */
import type { TenantContext } from '../../context.ts';
import { headersFromJson, headersToJson } from '../header-json.ts';
import { execute, list, query, queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { base64, BASE64_JSON, writtenRows } from '../text-rows.ts';
import type { WrittenColumns } from '../text-rows.ts';

/** The headers of a tenant, as one of its records has them. */
export interface SeenTenant {
  readonly context: TenantContext;
  /** The record's timestamp, milliseconds since 1970. */
  readonly seenAt: number;
}

/** The time of unchanged headers is saved again only if the row is older than this. */
const REFRESH_AFTER_MS = 60_000;
/** The largest time of a Date; a producer may have written any 64-bit number. */
const MAX_TIME_MS = 8.64e15;

/** The columns of a tenant's headers. A region may have any ASCII character, also NUL, which Postgres' text may not: it is percent-encoded. */
const HEADER_COLUMNS: WrittenColumns<SeenTenant> = {
  region: { sql: '$text', write: ({ context }) => encodeURIComponent(context.REGION) },
  major_version: { sql: '$text::int', write: ({ context }) => String(context.MAJOR_VERSION) },
  minor_version: { sql: '$text::int', write: ({ context }) => String(context.MINOR_VERSION) },
  forwarded: { sql: BASE64_JSON, write: ({ context }) => base64(headersToJson(context.forwarded)) },
};
const SEPARATORS = { column: ' ', row: ';' } as const;
const HEADERS = writtenRows(SEPARATORS, HEADER_COLUMNS);
/** A record from the future counts as of now: otherwise a producer with a wrong clock would have the last word for years. */
const TENANTS = writtenRows<SeenTenant>(SEPARATORS, {
  id: { sql: '$text::uuid', write: ({ context }) => context.TENANT_ID },
  ...HEADER_COLUMNS,
  seen_at: {
    sql: 'least($text::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)',
    write: ({ seenAt }) => String(Math.max(0, Math.min(seenAt, MAX_TIME_MS))),
  },
});

// A row whose headers are the same is not touched until its time is old: not even locked. A row that another session holds is
// left as it is, and saved when its tenant is looked up again: no record needs it, so none waits. `older` are the tenants of
// which a newer record was seen.
export const saveTenantsStatement = statement(
  `WITH seen AS (
     SELECT ${TENANTS.select}
       FROM ${TENANTS.from(1)}),
   news AS (
     SELECT seen.*, tenant.id IS NULL AS is_new
       FROM seen
       LEFT JOIN tenant USING (id)
      WHERE tenant.seen_at IS NULL
         OR (seen.seen_at >= tenant.seen_at
             AND (seen.seen_at > tenant.seen_at + ${String(REFRESH_AFTER_MS)}
                  OR (tenant.region, tenant.major_version, tenant.minor_version, tenant.forwarded::text)
                     <> (seen.region, seen.major_version, seen.minor_version, seen.forwarded::text)))),
   free AS (
     SELECT id FROM tenant WHERE id IN (SELECT id FROM news) ORDER BY id FOR UPDATE SKIP LOCKED),
   saved AS (
     INSERT INTO tenant (id, region, major_version, minor_version, forwarded, seen_at)
     SELECT id, region, major_version, minor_version, forwarded, seen_at
       FROM news
      WHERE is_new OR id IN (SELECT id FROM free)
      ORDER BY id
     ON CONFLICT (id) DO UPDATE
        SET region = excluded.region, major_version = excluded.major_version, minor_version = excluded.minor_version,
            forwarded = excluded.forwarded, seen_at = excluded.seen_at
      WHERE tenant.seen_at IS NULL OR excluded.seen_at >= tenant.seen_at)
   SELECT string_agg(id::text, ',') AS older FROM seen JOIN tenant USING (id) WHERE seen.seen_at < tenant.seen_at`,
  ['text'],
  { older: 'text?' },
);

export const addTenantStatement = statement(
  `INSERT INTO tenant (id, region, major_version, minor_version, forwarded)
   VALUES ($1::uuid, $2, $3::int, $4::int, $5::json)
   ON CONFLICT (id) DO NOTHING`,
  ['uuid', 'text', 'int4', 'int4', 'json'],
  {},
);

export const readTenantsStatement = statement(
  `SELECT id::text AS id, region, major_version AS major, minor_version AS minor, forwarded::text AS forwarded
     FROM tenant
    WHERE id IN (SELECT unnest($1::uuid[]))`,
  ['uuid[]'],
  { id: 'text', region: 'text', major: 'int4', minor: 'int4', forwarded: 'text' },
);

/** Saves headers, each tenant's once. @returns the tenants of which the row has newer ones. */
export async function saveTenants(connection: Connection, seen: readonly SeenTenant[]): Promise<ReadonlySet<string>> {
  const { older } = await queryOne(connection, saveTenantsStatement, TENANTS.write(seen));
  return new Set(older?.split(','));
}

/** Inserts a tenant that has no row. */
export async function addTenant(connection: Connection, context: TenantContext): Promise<void> {
  const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, forwarded } = context;
  const versions = [MAJOR_VERSION, MINOR_VERSION] as const;
  const region = encodeURIComponent(REGION);
  await execute(connection, addTenantStatement, TENANT_ID, region, ...versions, headersToJson(forwarded));
}

/** Reads the headers of those of the tenants that have a row; the forwarded ones as they were found. */
export async function readTenants(connection: Connection, ids: readonly string[]) {
  const rows = await query(connection, readTenantsStatement, list(ids));
  return rows.map(({ id, region, major, minor, forwarded }) => ({
    TENANT_ID: id,
    REGION: decodeURIComponent(region),
    MAJOR_VERSION: major,
    MINOR_VERSION: minor,
    forwarded: headersFromJson(forwarded),
  }));
}

/** Returns the headers of a tenant as one text, to compare them. */
export function headersText(seen: SeenTenant): string {
  return HEADERS.write([seen]);
}
