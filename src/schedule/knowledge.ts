import { newTraceparent } from '../../generated/contract/headers.ts';
import type { Context, TenantContext } from '../context.ts';
import type { Need } from '../domain/facts.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import { isOutage } from '../reference/source.ts';
import type { Due } from '../store/due.ts';

/** What one pass of a sweep knows about a tenant. */
interface TenantKnowledge {
  /** What its events carry. */
  readonly context: Context;
  readonly facts: Knowledge;
}

type ReadTenants = (ids: readonly string[]) => Promise<ReadonlyMap<string, TenantContext>>;

/** What is known in one pass of a sweep, per tenant. It begins the trace that the events of the pass carry on. */
export class PassKnowledge {
  readonly #traceparent = newTraceparent();
  readonly #references: References;
  readonly #readTenants: ReadTenants;
  /** Null is a tenant whose headers nobody has seen. */
  readonly #byTenant = new Map<string, TenantKnowledge | null>();
  /** What could not be fetched, by tenant and question. */
  readonly #failed = new Set<string>();
  #trouble: unknown;

  constructor(references: References, readTenants: ReadTenants) {
    this.#references = references;
    this.#readTenants = readTenants;
  }

  /** The outage that keeps facts from being known; undefined if there is none. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** @throws for a tenant of which {@link inform} returned no owner. */
  of(tenantId: string): TenantKnowledge {
    const known = this.#byTenant.get(tenantId);
    if (!known) throw new Error(`nothing is known of tenant ${tenantId}`);
    return known;
  }

  /**
   * Fetches the facts about these owners, all at once. What fails is not asked again in this pass.
   *
   * @returns the owners about whom everything is known, or given up. The headers of their tenant are known too: without
   * them no event can be sent.
   */
  async inform(owners: readonly Due[], needsOf: (owner: Due) => readonly Need[]): Promise<Due[]> {
    await this.#meet(owners);
    const named = owners.filter(({ tenantId }) => this.#byTenant.get(tenantId));
    const missing = (owner: Due) => this.of(owner.tenantId).facts.missing(needsOf(owner));
    const wanted = new Map(
      named.flatMap((owner) =>
        missing(owner).map((need) => [`${owner.tenantId} ${JSON.stringify(need)}`, { owner, need }]),
      ),
    );
    await Promise.all(
      [...wanted].map(async ([key, { owner, need }]) => {
        if (this.#failed.has(key)) return;
        try {
          await this.of(owner.tenantId).facts.fetch([need]);
        } catch (error) {
          // Whatever it is, only those wait who need this answer.
          this.#failed.add(key);
          if (isOutage(error)) this.#trouble = error;
        }
      }),
    );
    return named.filter((owner) => missing(owner).length === 0);
  }

  /** Reads the headers of tenants that this pass meets for the first time: once a tenant, however many owners are due. */
  async #meet(owners: readonly Due[]): Promise<void> {
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
