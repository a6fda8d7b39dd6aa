import { newTraceparent } from '../../generated/contract/headers.ts';
import type { TenantHeaders } from '../../generated/contract/headers.ts';
import type { Need } from '../domain/facts.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import type { Due } from '../store/due.ts';

/** What is known in one pass of a sweep, per tenant. It begins the trace that the events of the pass carry on. */
export class PassKnowledge {
  readonly traceparent = newTraceparent();
  readonly #references: References;
  readonly #byTenant = new Map<string, Knowledge>();
  /** What was asked in vain, by tenant and question. */
  readonly #failed = new Set<string>();
  #trouble: unknown;

  constructor(references: References) {
    this.#references = references;
  }

  /** Why not everything is known; undefined where it is. */
  get trouble(): unknown {
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
   * Asks what has to be known of these owners, all at once. What was asked in vain is not asked again in this pass.
   *
   * @returns those of whom it is known.
   */
  async inform(owners: readonly Due[], needsOf: (owner: Due) => readonly Need[]): Promise<Due[]> {
    const lacking = (owner: Due) => (owner.tenant && this.of(owner.tenant).lacking(needsOf(owner))) ?? [];
    const wanted = new Map(
      owners.flatMap((owner) =>
        lacking(owner).map((need) => [`${owner.tenantId} ${JSON.stringify(need)}`, { owner, need }]),
      ),
    );
    await Promise.all(
      [...wanted].map(async ([key, { owner, need }]) => {
        if (owner.tenant === undefined || this.#failed.has(key)) return;
        try {
          await this.of(owner.tenant).fetch([need]);
        } catch (error) {
          // Whatever it is, only those wait who need this answer.
          this.#failed.add(key);
          this.#trouble = error;
        }
      }),
    );
    return owners.filter((owner) => owner.tenant !== undefined && lacking(owner).length === 0);
  }
}
