import type { Facts, Need, Needs } from '../domain/facts.ts';
import type { Changed, Pet } from '../domain/pet.ts';
import { faultPoint } from '../faults.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import type { Due, DueCursor } from '../store/due.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import type { Connection } from '../store/statement.ts';
import { petStatusEntry } from '../unit-of-work/pet-status-entry.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { PassKnowledge } from './knowledge.ts';

/** What a timed pass does to the owners of whom it is due. */
export interface Sweep {
  readonly name: 'hunger' | 'expiration';
  /** The next owners of whom it is due, after a place in the list; read without locks. */
  due(connection: Connection, now: number, after: DueCursor, most: number): Promise<Due[]>;
  /** Those of them of whom it is still due, so that it stays so until the transaction ends. */
  claim(unit: UnitOfWork, owners: readonly Due[], now: number): Promise<readonly Due[]>;
  /** What has to be known of it, as far as can be told before it is claimed. */
  needs(owner: Due): readonly Need[];
  /** What becomes of an owner's spawned pets, by slot; it stays due where that has to know more. */
  decide(out: readonly Pet[], now: number, facts: Facts): Changed | Needs;
  /** Notes that it was done. */
  done(unit: UnitOfWork, owners: readonly Due[], now: number): void;
}

export interface SweepContext {
  readonly database: Database;
  /** Milliseconds since 1970. */
  clock(): number;
  readonly log: Logger;
}

/** What one unit of work of a sweep came to. */
export interface Swept {
  readonly done: readonly Due[];
  /** What was told, in order: committed, and now to be published. */
  readonly committed: readonly PendingRecord[];
  /** Owners that its rule failed on, which is a bug of the rule. */
  readonly failed: readonly { readonly owner: Due; readonly error: unknown }[];
}

export interface Chunk {
  readonly knowledge: PassKnowledge;
  /** Whether to wait, for a moment, for owners that somebody else holds. */
  readonly wait: boolean;
}

/**
 * The unit of work of a sweep: one transaction over some owners, under one clock reading. The lock on an owner is the
 * claim: who finds it taken leaves that owner to who has it, unless told to wait.
 *
 * src/unit-of-work/ has the order of locks and writes.
 */
export async function applySweep(
  { database, clock }: SweepContext,
  sweep: Sweep,
  owners: readonly Due[],
  { knowledge, wait }: Chunk,
): Promise<Swept> {
  const now = clock();
  const swept = await inUnitOfWork(database, { wait, held: [] }, async (unit) => {
    const claimed = await unit.claimOwners(owners.filter(({ templates }) => templates.length > 0));
    const locked = [...claimed, ...owners.filter(({ templates }) => templates.length === 0)];
    const done: Due[] = [];
    const failed: { owner: Due; error: unknown }[] = [];
    for (const owner of await sweep.claim(unit, locked, now)) {
      const { tenantId, ownerId } = owner;
      const { context, facts } = knowledge.of(tenantId);
      try {
        const decision = sweep.decide(unit.rosters.spawnedPets(tenantId, ownerId), now, facts);
        if (decision.kind === 'needs') continue;
        const events = decision.events.map((event) => petStatusEntry(event, context));
        for (const event of events) unit.outbox.push(event);
        unit.rosters.apply(decision);
        done.push(owner);
      } catch (error) {
        // The others go on, and it stays due.
        failed.push({ owner, error });
      }
    }
    sweep.done(unit, done, now);
    const committed = await unit.flush();
    await faultPoint('sweep-before-commit', committed.length);
    return { done, failed, committed };
  });
  await faultPoint('sweep-after-commit', swept.committed.length);
  return swept;
}
