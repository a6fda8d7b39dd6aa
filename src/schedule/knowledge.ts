import { newTraceparent } from '../../generated/contract/headers.ts';
import type { TenantHeaders } from '../../generated/contract/headers.ts';
import type { Need } from '../domain/facts.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import { ReferenceError } from '../reference/source.ts';
import type { Due } from '../store/due.ts';

/** What is known in one pass of a sweep, per tenant. It begins the trace that the events of the pass carry on. */
export class PassKnowledge {
  readonly traceparent = newTraceparent();
  readonly #references: References;
  readonly #byTenant = new Map<string, Knowledge>();
  #trouble: string | undefined;

  constructor(references: References) {
    this.#references = references;
  }

  /** Why not everything could be asked; undefined where it could. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  of(tenant: TenantHeaders): Knowledge {
    const known = this.#byTenant.get(tenant.TENANT_ID);
    if (known !== undefined) return known;
    const facts = new Knowledge(this.#references, { ...tenant, traceparent: this.traceparent });
    this.#byTenant.set(tenant.TENANT_ID, facts);
    return facts;
  }

  /**
   * Asks what has to be known of these owners. Once a service has not answered, nothing more is asked in this pass.
   *
   * @returns those of whom it is known.
   */
  async inform(owners: readonly Due[], needsOf: (owner: Due) => readonly Need[]): Promise<Due[]> {
    const lacking = (owner: Due) => (owner.tenant && this.of(owner.tenant).lacking(needsOf(owner))) ?? [];
    if (this.#trouble === undefined) {
      const byTenant = Map.groupBy(owners, ({ tenantId }) => tenantId).values();
      const asked = [...byTenant].map(async (some) => {
        const needs = some.flatMap(lacking);
        const [{ tenant } = {}] = some;
        if (tenant !== undefined && needs.length > 0) await this.of(tenant).fetch(needs);
      });
      for (const one of await Promise.allSettled(asked)) {
        if (one.status === 'fulfilled') continue;
        if (!(one.reason instanceof ReferenceError)) throw one.reason as Error;
        this.#trouble = one.reason.message;
      }
    }
    return owners.filter((owner) => owner.tenant !== undefined && lacking(owner).length === 0);
  }
}
