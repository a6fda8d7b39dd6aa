import { classify } from '../store/failure.ts';
import type { Applied } from './batch.ts';
import type { Lane, BatchShare } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/** A batch that the server ended to resolve a deadlock is tried again as it is, so often, then by halves. */
const MAX_CONFLICTS = 5;

export interface UnitOfWork {
  /** Applies a batch: all of it up to where each lane came, or nothing. @param wait whether to wait for locked owners. */
  apply(parts: readonly BatchShare[], wait: boolean): Promise<Applied>;
  /** Called for each part of the batch once it is committed. Never rejects: what is committed is not applied again. */
  settle(applied: Applied): Promise<void>;
  /** Called for a record, the first of its lane, that cannot be applied now, not even alone. */
  block(lane: Lane, entry: QueuedRecord, error: unknown): void;
}

/**
 * Applies a batch; where a part of it is at fault, or it is too much at once, by halves and in order, until the guilty
 * record stands alone. There it becomes a dead letter, or its lane alone waits, see {@link Failure}.
 *
 * Rejects in an outage: what was not settled is still to be done.
 */
export async function applyBySplitting(parts: readonly BatchShare[], work: UnitOfWork, wait = true): Promise<void> {
  const applied = await applyWhole(parts, work, wait);
  if (applied === 'halve') {
    const [first, second] = halve(parts);
    // Once a lock was waited for in vain, no part of the batch waits for it again.
    await applyBySplitting(first, work, false);
    // Where the first half stopped early, or its lane was emptied, the rest of that lane has to wait for its turn.
    const next = second.filter(({ lane, entries }) => lane.peek(1)[0] === entries[0]);
    if (next.length > 0) await applyBySplitting(next, work, false);
  } else if (applied !== 'blocked') {
    await work.settle(applied);
  }
}

async function applyWhole(parts: readonly BatchShare[], work: UnitOfWork, wait: boolean) {
  let mayWait = wait;
  for (let conflicts = 0; ;) {
    try {
      return await work.apply(parts, mayWait);
    } catch (error) {
      const failure = classify(error);
      if (failure === 'outage') throw error;
      if (failure === 'locked' && mayWait) {
        mayWait = false;
        continue;
      }
      if (failure === 'conflict' && (conflicts += 1) < MAX_CONFLICTS) continue;
      const alone = onlyEntry(parts);
      if (alone === undefined) return 'halve';
      const { lane, entry } = alone;
      const isItsFault = failure === 'data' || failure === 'bug';
      if (!isItsFault || entry.isLastResort) {
        work.block(lane, entry, error);
        return 'blocked';
      }
      // Rows that the database refuses, it will refuse again. What our own code throws may come from elsewhere.
      entry.fail(error, failure === 'data');
    }
  }
}

function onlyEntry([part, ...more]: readonly BatchShare[]) {
  const [entry, ...others] = part?.entries ?? [];
  if (part === undefined || entry === undefined || more.length + others.length > 0) return undefined;
  return { lane: part.lane, entry };
}

/** The first and the second half of all records, lane by lane. */
function halve(parts: readonly BatchShare[]): [BatchShare[], BatchShare[]] {
  const half = Math.ceil(parts.reduce((sum, { entries }) => sum + entries.length, 0) / 2);
  const first: BatchShare[] = [];
  const second: BatchShare[] = [];
  let taken = 0;
  for (const { lane, entries } of parts) {
    const fit = Math.min(entries.length, half - taken);
    taken += fit;
    if (fit > 0) first.push({ lane, entries: entries.slice(0, fit) });
    if (fit < entries.length) second.push({ lane, entries: entries.slice(fit) });
  }
  return [first, second];
}
