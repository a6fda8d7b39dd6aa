import { LRUCache } from 'lru-cache';
import { ownerKey } from '../keys.ts';
import type { OwnerKey } from '../store/tables/owner.ts';

/** An owner that a sweep failed on is tried again after a delay, which doubles with each failure. */
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
/** If there are more such owners than this, the others are tried again earlier. */
const MAX_OWNERS = 10_000;

interface FailedOwner {
  readonly delayMs: number;
  /** Milliseconds since 1970. */
  readonly retryAt: number;
}

/** The delays of owners that a sweep failed on, so that they do not hold up the others. */
export class RetryDelays {
  readonly #failed = new LRUCache<string, FailedOwner>({ max: MAX_OWNERS, ttl: MAX_DELAY_MS * 2 });

  /** @returns whether it is the first failure of this owner in a row. */
  addFailure({ tenantId, ownerId }: OwnerKey): boolean {
    const key = ownerKey(tenantId, ownerId);
    const before = this.#failed.get(key);
    const delayMs = before === undefined ? MIN_DELAY_MS : Math.min(before.delayMs * 2, MAX_DELAY_MS);
    this.#failed.set(key, { delayMs, retryAt: Date.now() + delayMs });
    return before === undefined;
  }

  /** Forgets the failures of owners that a sweep has done. */
  clear(owners: readonly OwnerKey[]): void {
    if (this.#failed.size === 0) return;
    for (const { tenantId, ownerId } of owners) this.#failed.delete(ownerKey(tenantId, ownerId));
  }

  /** Returns whether an owner may be tried now. */
  isDue({ tenantId, ownerId }: OwnerKey): boolean {
    const failed = this.#failed.get(ownerKey(tenantId, ownerId));
    return failed === undefined || failed.retryAt <= Date.now();
  }
}
