import type { Facts, Need, Needs } from '../domain/facts.ts';
import type { Changed, Pet } from '../domain/pet.ts';
import { faultPoint } from '../faults.ts';
import type { Logger } from '../log.ts';
import { inTransaction, limitLockWait, LOCK_TIMEOUT_MS } from '../store/database.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { Due, DueCursor } from '../store/due.ts';
import { claimRosters } from '../store/load-rosters.ts';
import { insertEntries } from '../store/outbox-entries.ts';
import type { OutboxEntry, PendingRecord } from '../store/outbox.ts';
import type { Connection } from '../store/statement.ts';
import { eventEntry } from '../store/told.ts';
import type { PassKnowledge } from './knowledge.ts';

/** What a timed pass does to the owners of whom it is due. */
export interface Sweep {
  readonly name: 'hunger' | 'expiration';
  /** The next owners of whom it is due, after a place in the list; read without locks. */
  due(connection: Connection, now: number, after: DueCursor, most: number): Promise<Due[]>;
  /** Those of them of whom it is still due, so that it stays so until the transaction ends. */
  claim(transaction: Transaction, owners: readonly Due[], now: number): Promise<readonly Due[]>;
  /** What has to be known of it, as far as can be told before it is claimed. */
  needs(owner: Due): readonly Need[];
  /** What becomes of an owner's spawned pets, by slot; it stays due where that has to know more. */
  decide(out: readonly Pet[], now: number, facts: Facts): Changed | Needs;
  /** Notes that it was done. */
  done(transaction: Transaction, owners: readonly Due[], now: number): Promise<void>;
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
 * Lock order: owner, character_session, pet, outbox.
 */
export async function applySweep(
  { database, clock }: SweepContext,
  sweep: Sweep,
  owners: readonly Due[],
  { knowledge, wait }: Chunk,
): Promise<Swept> {
  const now = clock();
  const swept = await inTransaction(database, async (transaction) => {
    await limitLockWait(transaction, wait ? LOCK_TIMEOUT_MS.first : LOCK_TIMEOUT_MS.retry);
    const { rosters, claimed } = await claimRosters(
      transaction,
      owners.filter(({ templates }) => templates.length > 0),
      wait,
    );
    const held = [...claimed, ...owners.filter(({ templates }) => templates.length === 0)];
    const done: Due[] = [];
    const failed: { owner: Due; error: unknown }[] = [];
    const committed: OutboxEntry[] = [];
    for (const owner of await sweep.claim(transaction, held, now)) {
      const { tenantId, ownerId } = owner;
      const { context, facts } = knowledge.of(tenantId);
      try {
        const decision = sweep.decide(rosters.spawnedPets(tenantId, ownerId), now, facts);
        if (decision.kind === 'needs') continue;
        const events = decision.events.map((event) => eventEntry(event, context));
        for (const event of events) committed.push(event);
        rosters.apply(decision);
        done.push(owner);
      } catch (error) {
        // The others go on, and it stays due.
        failed.push({ owner, error });
      }
    }
    await sweep.done(transaction, done, now);
    await rosters.save(transaction);
    const pending = await insertEntries(transaction, committed);
    await faultPoint('sweep-before-commit', pending.length);
    return { done, failed, committed: pending };
  });
  await faultPoint('sweep-after-commit', swept.committed.length);
  return swept;
}
