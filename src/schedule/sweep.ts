import type { Facts, Need, Needs } from '../domain/facts.ts';
import type { Changed, Pet } from '../domain/pet.ts';
import { faultPoint } from '../faults.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import type { DueOwner, DueCursor } from '../store/due.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import type { Connection } from '../store/statement.ts';
import { petStatusEntry } from '../unit-of-work/pet-status-entry.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { SweepFacts } from './sweep-facts.ts';

/** One kind of timed pass: which owners are due, and what it does to their pets. */
export interface Sweep {
  readonly name: 'hunger' | 'expiration';
  /** Returns the next owners that are due, after a position in the list; reads without locks. */
  due(connection: Connection, now: number, after: DueCursor, limit: number): Promise<DueOwner[]>;
  /** Returns the owners that are still due, and keeps them so until the transaction ends. */
  claim(unit: UnitOfWork, owners: readonly DueOwner[], now: number): Promise<readonly DueOwner[]>;
  /** Returns the facts that an owner will need, as far as they are known before it is claimed. */
  needs(owner: DueOwner): readonly Need[];
  /** Decides on an owner's spawned pets, by slot. If it needs more facts, the owner stays due. */
  decide(spawnedPets: readonly Pet[], now: number, facts: Facts): Changed | Needs;
  /** Notes that these owners are done. */
  done(unit: UnitOfWork, owners: readonly DueOwner[], now: number): void;
}

export interface SweepContext {
  readonly database: Database;
  /** Milliseconds since 1970. */
  clock(): number;
  readonly log: Logger;
}

/** The result of one unit of work of a sweep. */
export interface SweptChunk {
  readonly done: readonly DueOwner[];
  /** Its events in order, committed and now to be published. */
  readonly committed: readonly PendingRecord[];
  /** Owners for which the rule threw: a bug of the rule. */
  readonly failed: readonly { readonly owner: DueOwner; readonly error: unknown }[];
}

export interface Chunk {
  readonly facts: SweepFacts;
  /** Whether to wait, for a moment, for owners that other sessions of the database hold. */
  readonly wait: boolean;
}

/**
 * Applies a sweep to some owners in one transaction, under one clock reading. The lock on an owner is the claim: unless it may
 * wait, it leaves out the owners that other sessions hold.
 *
 * src/unit-of-work/ has the order of locks and writes.
 */
export async function applySweep(
  { database, clock }: SweepContext,
  sweep: Sweep,
  owners: readonly DueOwner[],
  { facts: sweepFacts, wait }: Chunk,
): Promise<SweptChunk> {
  const now = clock();
  const swept = await inUnitOfWork(database, { wait, held: [] }, async (unit) => {
    const claimed = await unit.claimOwners(owners.filter(({ templates }) => templates.length > 0));
    const locked = [...claimed, ...owners.filter(({ templates }) => templates.length === 0)];
    const done: DueOwner[] = [];
    const failed: { owner: DueOwner; error: unknown }[] = [];
    for (const owner of await sweep.claim(unit, locked, now)) {
      const { tenantId, ownerId } = owner;
      const { context, facts } = sweepFacts.ofTenant(tenantId);
      try {
        const decision = sweep.decide(unit.rosters.spawnedPets(tenantId, ownerId), now, facts);
        if (decision.kind === 'needs') continue;
        const events = decision.events.map((event) => petStatusEntry(event, context));
        // It may throw: then none of these events must be sent.
        unit.rosters.apply(decision);
        for (const event of events) unit.outbox.push(event);
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
