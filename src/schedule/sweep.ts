import { newTraceparent } from '../../generated/contract/headers.ts';
import type { Facts, Need, Needs } from '../domain/facts.ts';
import type { Changed, Pet } from '../domain/pet.ts';
import { faultPoint } from '../faults.ts';
import type { Logger } from '../log.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import { inTransaction } from '../store/database.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { Due, DuePlace } from '../store/due.ts';
import { claimRosters } from '../store/load-rosters.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { OutboxEntry, PendingRecord } from '../store/outbox.ts';
import type { Connection } from '../store/statement.ts';
import { eventEntry } from '../store/told.ts';
import { messageOf } from '../waiting.ts';

/** What a timed pass does to the owners of whom it is due. */
export interface Sweep {
  readonly name: 'hunger' | 'expiration';
  /** The next owners of whom it is due, after a place in the list; read without locks. */
  due(connection: Connection, now: number, after: DuePlace, most: number): Promise<Due[]>;
  /** Those of them of whom it is still due, so that it stays so until the transaction ends. */
  claim(transaction: Transaction, owners: readonly Due[], now: number): Promise<readonly Due[]>;
  /** What becomes of an owner's spawned pets, by slot. */
  decide(out: readonly Pet[], now: number, facts: Facts): Changed | Needs;
  /** Notes that it was done. */
  done(transaction: Transaction, owners: readonly Due[], now: number): Promise<void>;
}

export interface ChunkContext {
  readonly database: Database;
  readonly references: References;
  /** Milliseconds since 1970. */
  clock(): number;
  readonly log: Logger;
}

/** What one unit of work of a sweep came to. */
export interface Swept {
  readonly done: readonly Due[];
  /** What was told, in order: committed, and now to be published. */
  readonly told: readonly PendingRecord[];
  /** Owners whose pets cannot be decided on before something is known. They are still due. */
  readonly lacking: readonly Due[];
  readonly needs: readonly { readonly facts: Knowledge; readonly need: Need }[];
}

/** What is known for a chunk, per tenant; it begins the trace that its events carry on. */
export class ChunkKnowledge {
  readonly traceparent = newTraceparent();
  readonly #references: References;
  readonly #byTenant = new Map<string, Knowledge>();

  constructor(references: References) {
    this.#references = references;
  }

  of(tenant: NonNullable<Due['tenant']>): Knowledge {
    const known = this.#byTenant.get(tenant.TENANT_ID);
    if (known !== undefined) return known;
    const facts = new Knowledge(this.#references, { ...tenant, traceparent: this.traceparent });
    this.#byTenant.set(tenant.TENANT_ID, facts);
    return facts;
  }
}

/**
 * The unit of work of a sweep: one transaction over some owners, under one clock reading. The lock on an owner is the
 * claim: who finds it taken leaves that owner to who has it.
 *
 * Lock order: owner, character_session, pet, outbox; it waits for none of the first two.
 */
export async function applySweep(
  { database, clock, log }: ChunkContext,
  sweep: Sweep,
  owners: readonly Due[],
  knowledge: ChunkKnowledge,
): Promise<Swept> {
  const now = clock();
  const swept = await inTransaction(database, async (transaction) => {
    const { rosters, claimed } = await claimRosters(
      transaction,
      owners.filter(({ hasOut }) => hasOut),
    );
    const held = [...claimed, ...owners.filter(({ hasOut }) => !hasOut)];
    const done: Due[] = [];
    const lacking: Due[] = [];
    const needs: Swept['needs'][number][] = [];
    const told: OutboxEntry[] = [];
    for (const owner of await sweep.claim(transaction, held, now)) {
      const { tenant, tenantId, ownerId } = owner;
      if (tenant === undefined) continue;
      const facts = knowledge.of(tenant);
      try {
        const decision = sweep.decide(rosters.out(tenantId, ownerId), now, facts);
        if (decision.kind === 'needs') {
          lacking.push(owner);
          needs.push(...decision.needs.map((need) => ({ facts, need })));
          continue;
        }
        const context = { ...tenant, traceparent: knowledge.traceparent };
        told.push(...decision.events.map((event) => eventEntry(event, context)));
        rosters.apply(decision);
        done.push(owner);
      } catch (error) {
        // A bug of the rule; the others go on, and it stays due.
        log.error({ sweep: sweep.name, tenantId, ownerId, error: messageOf(error) }, 'a sweep failed on an owner');
      }
    }
    await sweep.done(transaction, done, now);
    await rosters.save(transaction);
    const pending = await insertOutbox(transaction, told);
    await faultPoint('sweep-before-commit', pending.length);
    return { done, told: pending, lacking, needs };
  });
  await faultPoint('sweep-after-commit', swept.told.length);
  return swept;
}
