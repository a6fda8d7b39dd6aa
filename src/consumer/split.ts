import { bisect } from '../bisect.ts';
import { classify } from '../store/failure.ts';
import type { Applied } from './batch.ts';
import type { BatchShare } from './batch-share.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/** A batch that the server ended to resolve a deadlock is tried this often before it is halved. */
const MAX_TRIES = 5;

export interface BatchWork {
  /** Applies a batch: all of it up to where each lane came, or nothing. @param wait whether to wait for locked owners. */
  apply(batch: readonly BatchShare[], wait: boolean): Promise<Applied>;
  /** Called for each part of the batch once it is committed. What is committed is not applied again. */
  settle(applied: Applied): Promise<void>;
  /** Called for a record, the first of its lane, that cannot be applied now, not even alone. */
  block(lane: Lane, queued: QueuedRecord, error: unknown): void;
}

/** A queued record in a batch, with its lane. */
interface Item {
  readonly lane: Lane;
  readonly queued: QueuedRecord;
}

/**
 * Applies a batch; if one of its records is at fault, or it is too much at once, by halves, see {@link bisect}. A record
 * at fault becomes a dead letter, or its lane alone waits, see {@link Failure}.
 *
 * Rejects in an outage: what was not settled is still to be done.
 */
export async function applyBySplitting(batch: readonly BatchShare[], work: BatchWork, wait = true): Promise<void> {
  let mayWait = wait;
  let isSplit = false;
  const items = batch.flatMap(({ lane, records }) => records.map((queued) => ({ lane, queued })));
  await bisect<Item, Applied | undefined>(items, {
    run(some) {
      const shares = groupByLane(some);
      // If the first half stopped early, or its lane was emptied, the rest of that lane waits for its next batch.
      const live = isSplit ? shares.filter(({ lane, records }) => lane.peek(1)[0] === records[0]) : shares;
      return live.length === 0 ? Promise.resolve(undefined) : work.apply(live, mayWait);
    },
    async settle(applied) {
      if (applied !== undefined) await work.settle(applied);
    },
    afterFailure(error, some, failures) {
      const failure = classify(error);
      if (failure === 'outage') throw error;
      // After the first wait for a lock that fails, no share of the batch waits for locks again.
      const hasWaited = mayWait;
      if (failure === 'locked') mayWait = false;
      if (failure === 'locked' && hasWaited) return 'run again';
      if (failure === 'conflict' && failures < MAX_TRIES) return 'run again';
      const [first, ...others] = some;
      if (first === undefined || others.length > 0) {
        mayWait = false;
        isSplit = true;
        return 'halve';
      }
      const { lane, queued } = first;
      const isItsFault = failure === 'data' || failure === 'bug';
      if (!isItsFault || queued.isLastResort) {
        work.block(lane, queued, error);
        return 'give up';
      }
      // Rows that the database refuses, it will refuse again. What our own code throws may come from elsewhere.
      queued.fail(error, failure === 'data');
      return 'run again';
    },
  });
}

/** The records of a batch lane by lane, as they are in it. */
function groupByLane(items: readonly Item[]): BatchShare[] {
  return [...Map.groupBy(items, ({ lane }) => lane)].map(([lane, some]) => ({
    lane,
    records: some.map(({ queued }) => queued),
  }));
}
