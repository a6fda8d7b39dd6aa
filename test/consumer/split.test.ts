/** A batch that cannot be applied as a whole: who stops whom. */
import { describe, expect, it } from '@jest/globals';
import { Lane } from '../../src/consumer/lane.ts';
import type { Part } from '../../src/consumer/lane.ts';
import { applyBySplitting } from '../../src/consumer/split.ts';

const timeout = Object.assign(new Error('canceling statement due to lock timeout'), { originalCode: '55P03' });
const outage = Object.assign(new Error('the database system is shutting down'), { originalCode: '57P01' });

/** Lanes 0, 1, ... with so many records each. */
function partsOf(counts: readonly number[]): Part[] {
  return counts.map((count, partition) => {
    const lane = new Lane({ topic: 't', partition, next: 0n, last: undefined });
    lane.push(
      Array.from({ length: count }, (_, offset) => {
        return { offset: BigInt(offset), timestamp: 0, key: null, value: null, headers: {} };
      }),
    );
    return { lane, entries: lane.peek(count) };
  });
}

/** Applies all but what has records of lane 0. @returns how many records each lane still has. */
async function applyAllButLane0(counts: readonly number[], error: Error): Promise<number[]> {
  const parts = partsOf(counts);
  const done = applyBySplitting(
    parts,
    (some) => {
      if (some.some(({ lane }) => lane.partition === 0)) return Promise.reject(error);
      const progress = some.map(({ lane, entries }) => ({
        lane,
        outcomes: entries.map(() => 'changed' as const),
        next: 0n,
        lastTimestamp: 0,
      }));
      return Promise.resolve({ progress, fenced: [], told: [] });
    },
    ({ progress }) => {
      for (const { lane, outcomes } of progress) lane.drop(outcomes.length);
      return Promise.resolve();
    },
  );
  await expect(done).rejects.toBe(error);
  return parts.map(({ lane }) => lane.waiting);
}

describe('applyBySplitting', () => {
  it('lets one record that waits for a lock hold its own lane only', async () => {
    expect(await applyAllButLane0([1, 5, 7], timeout)).toEqual([1, 0, 0]);
    expect(await applyAllButLane0([3, 5], timeout)).toEqual([3, 0]);
  });

  it('tries nothing more in an outage', async () => {
    expect(await applyAllButLane0([1, 5, 7], outage)).toEqual([1, 5, 7]);
  });
});
