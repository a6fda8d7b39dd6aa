/**
 * The headers last seen of each tenant: events that no message causes carry them. It caches what the table has, and stands here
 * because the consumer, the sweeps and the HTTP API share it.
 */
import { LRUCache } from 'lru-cache';
import { forwardedOf } from '../context.ts';
import type { TenantContext } from '../context.ts';
import type { Connection } from './statement.ts';
import { addTenant, headersText, readTenants, saveTenants } from './tables/tenant.ts';
import type { SeenTenant } from './tables/tenant.ts';

/** How long this instance relies on what it has saved: another one may have seen newer headers. */
const MAX_CACHE_AGE_MS = 10_000;
const MAX_TENANTS_PER_STATEMENT = 1_000;
/** How much is kept of what was saved: tenants, and characters of their headers. */
const MAX_CACHED = { tenants: 50_000, characters: 16_777_216 } as const;

interface SavedTenant {
  readonly text: string;
  /** The time of the newest record that had these headers. */
  seenAt: number;
}

/** Saves the headers of tenants: those of their newest record or, until there is one, of an HTTP request. */
export class Tenants {
  readonly #forwardedHeaders: readonly string[];
  readonly #saved = new LRUCache<string, SavedTenant>({
    max: MAX_CACHED.tenants,
    maxSize: MAX_CACHED.characters,
    sizeCalculation: ({ text }) => text.length,
    ttl: MAX_CACHE_AGE_MS,
  });
  /** Tenants that have a row, whatever it holds: rows are not deleted. */
  readonly #added = new LRUCache<string, true>({ max: MAX_CACHED.tenants });

  /** @param forwardedHeaders names of the headers that are forwarded now: others in a row do not count. */
  constructor(forwardedHeaders: readonly string[]) {
    this.#forwardedHeaders = forwardedHeaders;
  }

  /**
   * Saves the headers of consumed records, the newest of each tenant; an older record than the last one changes nothing.
   * In transactions of its own: all units of work of a tenant would wait for each other at its row.
   */
  async saveSeen(connection: Connection, seen: Iterable<SeenTenant>): Promise<void> {
    const newest = new Map<string, SeenTenant>();
    for (const tenant of seen) {
      const id = tenant.context.TENANT_ID;
      if ((newest.get(id)?.seenAt ?? -Infinity) <= tenant.seenAt) newest.set(id, tenant);
    }
    const changed = [...newest.values()].filter((tenant) => this.#mayBeNewer(tenant));
    for (let at = 0; at < changed.length; at += MAX_TENANTS_PER_STATEMENT)
      await this.#save(connection, changed.slice(at, at + MAX_TENANTS_PER_STATEMENT));
  }

  #mayBeNewer(tenant: SeenTenant): boolean {
    const { context, seenAt } = tenant;
    const saved = this.#saved.get(context.TENANT_ID);
    if (saved === undefined) return true;
    if (saved.text !== headersText(tenant)) return seenAt >= saved.seenAt;
    saved.seenAt = Math.max(saved.seenAt, untilNow(seenAt));
    return false;
  }

  async #save(connection: Connection, changed: readonly SeenTenant[]): Promise<void> {
    const older = await saveTenants(connection, changed);
    for (const tenant of changed) {
      const id = tenant.context.TENANT_ID;
      // Of these a newer record was seen elsewhere: the row holds other headers than this instance has saved.
      if (older.has(id)) this.#saved.delete(id);
      else this.#saved.set(id, { text: headersText(tenant), seenAt: untilNow(tenant.seenAt) });
    }
  }

  /** Saves the headers of an HTTP request if its tenant has no row. It never changes a row. */
  async addIfUnknown(connection: Connection, context: TenantContext): Promise<void> {
    const { TENANT_ID } = context;
    if (this.#added.has(TENANT_ID)) return;
    await addTenant(connection, context);
    this.#added.set(TENANT_ID, true);
  }

  /** Reads the headers last seen of these tenants; a tenant without a row is left out. */
  async lastSeen(connection: Connection, ids: readonly string[]): Promise<ReadonlyMap<string, TenantContext>> {
    const rows = await readTenants(connection, ids);
    return new Map(
      rows.map((row) => [row.TENANT_ID, { ...row, forwarded: forwardedOf(row.forwarded, this.#forwardedHeaders) }]),
    );
  }
}

/** A time in the future counts as now. For the cache this machine's clock is good enough; the row is compared by the database's. */
function untilNow(seenAt: number): number {
  return Math.min(seenAt, Date.now());
}
