import { newTraceparent } from '../../generated/contract/headers.js';
import type { Context, TenantContext } from '../context.ts';
import type { Need } from '../domain/facts.ts';
import { InvariantError } from '../invariant.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/source.ts';
import { isOutage } from '../reference/source.ts';
import type { DueOwner } from '../store/due.ts';

/** What one pass of a sweep has fetched for a tenant. */
interface TenantFacts {
  /** The headers of its events. */
  readonly context: Context;
  readonly facts: Knowledge;
}

type ReadTenants = (ids: readonly string[]) => Promise<ReadonlyMap<string, TenantContext>>;

/** Facts and headers of tenants, fetched in one pass of a sweep. The events of a pass belong to one trace, which begins here. */
export class SweepFacts {
  readonly #traceparent = newTraceparent();
  readonly #references: References;
  readonly #readTenants: ReadTenants;
  /** Null is a tenant without stored headers. */
  readonly #byTenant = new Map<string, TenantFacts | null>();
  /** Questions whose fetch failed, with their tenant. */
  readonly #failed = new Set<string>();
  #outage: unknown;

  constructor(references: References, readTenants: ReadTenants) {
    this.#references = references;
    this.#readTenants = readTenants;
  }

  /** The outage of another service that left facts unknown; undefined if there was none. */
  get outage(): unknown {
    return this.#outage;
  }

  /** @throws {InvariantError} for a tenant of which {@link fetchFor} returned no owner. */
  ofTenant(tenantId: string): TenantFacts {
    const known = this.#byTenant.get(tenantId);
    if (!known) throw new InvariantError(`the headers of tenant ${tenantId} were not read`);
    return known;
  }

  /**
   * Fetches the facts that these owners need, all at once. A question that fails is not asked again in this pass.
   *
   * @returns the owners that need no more facts and whose tenant has headers: without these no event can be sent.
   */
  async fetchFor(owners: readonly DueOwner[], needsOf: (owner: DueOwner) => readonly Need[]): Promise<DueOwner[]> {
    await this.#addTenants(owners);
    const named = owners.filter(({ tenantId }) => this.#byTenant.get(tenantId));
    const missing = (owner: DueOwner) => this.ofTenant(owner.tenantId).facts.missing(needsOf(owner));
    const wanted = new Map(
      named.flatMap((owner) =>
        missing(owner).map((need) => [`${owner.tenantId} ${JSON.stringify(need)}`, { owner, need }]),
      ),
    );
    await Promise.all(
      [...wanted].map(async ([key, { owner, need }]) => {
        if (this.#failed.has(key)) return;
        try {
          await this.ofTenant(owner.tenantId).facts.fetch([need]);
        } catch (error) {
          // Whatever the error is, only the owners that need this fact wait.
          this.#failed.add(key);
          if (isOutage(error)) this.#outage = error;
        }
      }),
    );
    return named.filter((owner) => missing(owner).length === 0);
  }

  /** Reads the headers of tenants that are new in this pass: once for each tenant, not for each owner. */
  async #addTenants(owners: readonly DueOwner[]): Promise<void> {
    const ids = new Set(owners.map(({ tenantId }) => tenantId).filter((id) => !this.#byTenant.has(id)));
    if (ids.size === 0) return;
    const read = await this.#readTenants([...ids]);
    for (const id of ids) {
      const tenant = read.get(id);
      const context = tenant && { ...tenant, traceparent: this.#traceparent };
      this.#byTenant.set(id, context ? { context, facts: new Knowledge(this.#references, context) } : null);
    }
  }
}
