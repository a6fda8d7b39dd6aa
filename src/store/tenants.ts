/** The headers last seen of each tenant: events that no message causes carry them. */
import { LRUCache } from 'lru-cache';
import { forwardedOf } from '../context.ts';
import type { TenantContext } from '../context.ts';
import { headersFromJson, headersToJson } from './header-json.ts';
import { execute, list, query, queryOne, statement } from './statement.ts';
import type { Connection } from './statement.ts';
import { base64, BASE64_JSON, writtenRows } from './text-rows.ts';
import type { WrittenColumns } from './text-rows.ts';

/** A record named a tenant. */
export interface SeenTenant {
  readonly context: TenantContext;
  /** The record's timestamp, milliseconds since 1970. */
  readonly seenAt: number;
}

/** What was saved is believed for so long: another instance may have seen something newer. */
const LOOK_AGAIN_AFTER_MS = 10_000;
/** Headers that do not change are written again, with their time, when the row is older than this. */
const REFRESH_AFTER_MS = 60_000;
/** The largest time of a Date; a producer may have written any 64-bit number. */
const MAX_TIME_MS = 8.64e15;
/** Tenants in one statement. */
const MAX_CHUNK = 1_000;
/** What is remembered of what was saved: tenants, and characters of their headers. */
const MAX_REMEMBERED = { tenants: 50_000, characters: 16_777_216 } as const;

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

interface SavedTenant {
  readonly text: string;
  /** The time of the newest record that had these headers. */
  seenAt: number;
}

/** What is known of tenants by their records, and until a record names one, by an HTTP request. */
export class Tenants {
  readonly #forwardedHeaders: readonly string[];
  readonly #remembered = new LRUCache<string, SavedTenant>({
    max: MAX_REMEMBERED.tenants,
    maxSize: MAX_REMEMBERED.characters,
    sizeCalculation: ({ text }) => text.length,
    ttl: LOOK_AGAIN_AFTER_MS,
  });
  /** Tenants that have a row, whatever it holds: rows are not deleted. */
  readonly #added = new LRUCache<string, true>({ max: MAX_REMEMBERED.tenants });

  /** @param forwardedHeaders names of the headers that are forwarded now: others in a row do not count. */
  constructor(forwardedHeaders: readonly string[]) {
    this.#forwardedHeaders = forwardedHeaders;
  }

  /**
   * Saves the headers of consumed records, the newest of each tenant; an older record than the last one changes nothing.
   * In transactions of its own: all units of work of a tenant would wait for each other at its row.
   */
  async saveSeen(connection: Connection, sightings: Iterable<SeenTenant>): Promise<void> {
    const newest = new Map<string, SeenTenant>();
    for (const sighting of sightings) {
      const id = sighting.context.TENANT_ID;
      if ((newest.get(id)?.seenAt ?? -Infinity) <= sighting.seenAt) newest.set(id, sighting);
    }
    const news = [...newest.values()].filter((sighting) => this.#isNews(sighting));
    for (let at = 0; at < news.length; at += MAX_CHUNK) await this.#save(connection, news.slice(at, at + MAX_CHUNK));
  }

  #isNews(sighting: SeenTenant): boolean {
    const { context, seenAt } = sighting;
    const remembered = this.#remembered.get(context.TENANT_ID);
    if (remembered === undefined) return true;
    if (remembered.text !== HEADERS.write([sighting])) return seenAt >= remembered.seenAt;
    remembered.seenAt = Math.max(remembered.seenAt, untilNow(seenAt));
    return false;
  }

  async #save(connection: Connection, news: readonly SeenTenant[]): Promise<void> {
    const saved = await queryOne(connection, saveTenantsStatement, TENANTS.write(news));
    const older = new Set(saved.older?.split(','));
    for (const sighting of news) {
      const id = sighting.context.TENANT_ID;
      // Of these a newer record was seen elsewhere: the row holds other headers than are remembered here.
      if (older.has(id)) this.#remembered.delete(id);
      else this.#remembered.set(id, { text: HEADERS.write([sighting]), seenAt: untilNow(sighting.seenAt) });
    }
  }

  /** Saves the headers of an HTTP request if nothing is known of its tenant. It never changes what is known. */
  async addIfUnknown(connection: Connection, context: TenantContext): Promise<void> {
    const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, forwarded } = context;
    if (this.#added.has(TENANT_ID)) return;
    const versions = [MAJOR_VERSION, MINOR_VERSION] as const;
    const region = encodeURIComponent(REGION);
    await execute(connection, addTenantStatement, TENANT_ID, region, ...versions, headersToJson(forwarded));
    this.#added.set(TENANT_ID, true);
  }

  /** Reads the headers last seen of these tenants; one of which nothing was seen is not in the answer. */
  async lastSeen(connection: Connection, ids: readonly string[]): Promise<ReadonlyMap<string, TenantContext>> {
    const rows = await query(connection, readTenantsStatement, list(ids));
    return new Map(
      rows.map(({ id, region, major, minor, forwarded }) => {
        const versions = { MAJOR_VERSION: major, MINOR_VERSION: minor };
        const carried = forwardedOf(headersFromJson(forwarded), this.#forwardedHeaders);
        return [id, { TENANT_ID: id, REGION: decodeURIComponent(region), ...versions, forwarded: carried }];
      }),
    );
  }
}

/** Nothing was seen in the future. For what is remembered this clock is good enough; the row is judged by the database's. */
function untilNow(seenAt: number): number {
  return Math.min(seenAt, Date.now());
}
