import { partitionKey } from '../keys.ts';
import type { OffsetRow } from '../store/tables/consumer-offset.ts';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { BatchShare } from './batch-share.ts';
import type { Obstacle } from './blocked-lanes.ts';
import type { Lane } from './lane.ts';

/** The shares of a batch, by what their offset rows hold. */
interface Fence {
  /** Their rows are as expected, and locked: they may be applied. */
  readonly live: readonly BatchShare[];
  /** Their rows hold another offset, or are missing: an instance that was stalled, or an operator, has come between. */
  readonly fenced: readonly Lane[];
  /** Their rows are as expected, and another database session holds them. */
  readonly busy: readonly Obstacle[];
}

/** Locks the offset rows of a batch and compares them with what its lanes expect. */
export async function fence(unitOfWork: UnitOfWork, group: string, shares: readonly BatchShare[]): Promise<Fence> {
  const lanes = shares.map((share) => share.lane);
  const locked = nextByLane(await unitOfWork.lockOffsets(group, lanes));
  const live = shares.filter(({ lane }) => locked.get(partitionKey(lane)) === lane.expected);
  const notLocked = lanes.filter((lane) => !locked.has(partitionKey(lane)));
  // To a statement that skips locked rows, one that is held looks like one that is missing.
  const stored = notLocked.length === 0 ? locked : nextByLane(await unitOfWork.readOffsets(group));
  const held = notLocked.filter((lane) => stored.get(partitionKey(lane)) === lane.expected);
  const busy = shares.flatMap(({ lane, records: [queued] }) =>
    queued !== undefined && held.includes(lane) ? [{ lane, queued }] : [],
  );
  const fenced = lanes.filter((lane) => !held.includes(lane) && !live.some((share) => share.lane === lane));
  return { live, fenced, busy };
}

function nextByLane(rows: readonly OffsetRow[]): ReadonlyMap<string, bigint> {
  return new Map(rows.map((row) => [partitionKey(row), row.next]));
}
