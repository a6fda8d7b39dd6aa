import { LRUCache } from 'lru-cache';
import type { TenantHeaders } from '../../generated/contract/headers.ts';
import type { Database } from './database.ts';
import { execute, list, statement } from './statement.ts';

/** What was seen of a tenant is not looked at again for so many milliseconds: another instance may have seen other. */
const LOOK_AGAIN_AFTER = 1_000;

// A row that is as it was seen is not touched: not even locked.
export const saveTenantsStatement = statement(
  `INSERT INTO tenant (id, region, major_version, minor_version)
   SELECT seen.*
     FROM unnest($1::uuid[], string_to_array($2, ','), $3::int[], $4::int[])
       AS seen (id, region, major_version, minor_version)
     LEFT JOIN tenant USING (id)
    WHERE tenant IS NULL
       OR (tenant.region, tenant.major_version, tenant.minor_version)
          <> (seen.region, seen.major_version, seen.minor_version)
    ORDER BY id
   ON CONFLICT (id) DO UPDATE
      SET region = excluded.region, major_version = excluded.major_version, minor_version = excluded.minor_version`,
  {},
);

/** The tenants, with the headers that were last seen of each: what the service tells of its own accord carries them. */
export class Tenants {
  /** What was seen of whom, not long ago. */
  readonly #seen = new LRUCache<string, string>({ max: 10_000, ttl: LOOK_AGAIN_AFTER });

  /** Remembers the headers, the last of each tenant, in a transaction of its own: many write the rows of few tenants. */
  async seen(database: Database, all: readonly TenantHeaders[]): Promise<void> {
    const last = new Map(all.map((headers) => [headers.TENANT_ID, headers]));
    const news = [...last.values()].filter((headers) => this.#seen.get(headers.TENANT_ID) !== textOf(headers));
    if (news.length === 0) return;
    await execute(
      database,
      saveTenantsStatement,
      list(news.map(({ TENANT_ID }) => TENANT_ID)),
      news.map(({ REGION }) => encodeURIComponent(REGION)).join(','),
      list(news.map(({ MAJOR_VERSION }) => MAJOR_VERSION)),
      list(news.map(({ MINOR_VERSION }) => MINOR_VERSION)),
    );
    for (const headers of news) this.#seen.set(headers.TENANT_ID, textOf(headers));
  }
}

function textOf({ REGION, MAJOR_VERSION, MINOR_VERSION }: TenantHeaders): string {
  return `${REGION} ${String(MAJOR_VERSION)} ${String(MINOR_VERSION)}`;
}

/**
 * The headers in a row of `tenant`. A region may hold any ASCII character, and Postgres' text none that is NUL: it is
 * percent-encoded there.
 */
export function tenantHeaders(id: string, region: string, major: number, minor: number): TenantHeaders {
  return { TENANT_ID: id, REGION: decodeURIComponent(region), MAJOR_VERSION: major, MINOR_VERSION: minor };
}
