import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/** One lane's share of a batch. */
export interface BatchShare {
  readonly lane: Lane;
  readonly records: readonly QueuedRecord[];
}

/** What one unit of work may hold: its statements carry dead letters whole. */
const MAX_BATCH_BYTES = 8_388_608;

/** Returns an equal share of each lane that has something to apply, in each lane's order; `maxRecords` in all. */
export function sharesOf(lanes: readonly Lane[], maxRecords: number): BatchShare[] {
  const shares: BatchShare[] = [];
  let left = maxRecords;
  // The shortest first: what a short lane does not use, the others share.
  const ready = lanes
    .filter(({ head }) => head !== undefined && !head.isWaitingForFacts)
    .sort((a, b) => a.waiting - b.waiting);
  ready.forEach((lane, index) => {
    const records = lane.peek(Math.ceil(left / (ready.length - index)), MAX_BATCH_BYTES / ready.length);
    left -= records.length;
    shares.push({ lane, records });
  });
  return shares.filter(({ records }) => records.length > 0);
}
