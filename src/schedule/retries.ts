import { LRUCache } from 'lru-cache';
import { ownerKey } from '../keys.ts';
import type { OwnerKey } from '../store/tables/owner.ts';

/** Milliseconds until an owner that a sweep failed on is tried again, doubled with each failure up to the most. */
const DELAY_MS = { first: 1_000, most: 60_000 } as const;
/** More owners than this are tried again earlier than they should be. */
const MAX_OWNERS = 10_000;

interface Failed {
  readonly delay: number;
  /** Milliseconds since 1970. */
  readonly retryAt: number;
}

/** Owners that a sweep failed on. They wait longer with each failure, so that the others need not. */
export class Retries {
  readonly #failed = new LRUCache<string, Failed>({ max: MAX_OWNERS, ttl: DELAY_MS.most * 2 });

  /** @returns whether it is the first failure of this owner in a row. */
  failed(owner: OwnerKey): boolean {
    const before = this.#failed.get(ownerKey(owner.tenantId, owner.ownerId));
    const delay = before === undefined ? DELAY_MS.first : Math.min(before.delay * 2, DELAY_MS.most);
    this.#failed.set(ownerKey(owner.tenantId, owner.ownerId), { delay, retryAt: Date.now() + delay });
    return before === undefined;
  }

  done(owners: readonly OwnerKey[]): void {
    if (this.#failed.size > 0) for (const owner of owners) this.#failed.delete(ownerKey(owner.tenantId, owner.ownerId));
  }

  mayTry(owner: OwnerKey): boolean {
    return (this.#failed.get(ownerKey(owner.tenantId, owner.ownerId))?.retryAt ?? 0) <= Date.now();
  }
}
