import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { BlockedLanes } from '../../src/consumer/blocked-lanes.ts';
import { Lane } from '../../src/consumer/lane.ts';
import { RECOVERY_MS } from '../../src/readiness.ts';
import { fetchedOf } from '../support/fetched.ts';
import { applyFirst } from '../support/queued.ts';

let lines: string[];
let blocked: BlockedLanes;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  blocked = new BlockedLanes(log, () => false);
});
afterEach(() => {
  jest.useRealTimers();
});

/** Returns a lane with so many records. */
function laneOf(partition: number, count: number): Lane {
  const lane = new Lane({ topic: 'pets', partition, next: 0n, lastApplied: undefined, last: undefined });
  const record = { key: null, value: null, headers: {}, timestamp: 0 };
  lane.push(fetchedOf(Array.from({ length: count }, (_, offset) => ({ ...record, offset: BigInt(offset) }))));
  return lane;
}

/** Blocks the first record of a lane for so long. @returns the reported reason then. */
function blockFor(lane: Lane, ms: number): string | undefined {
  blocked.block({ lane, queued: lane.head! });
  jest.advanceTimersByTime(ms);
  return blocked.report();
}

it('does not report a lane that is blocked for less than a second', () => {
  expect(blockFor(laneOf(0, 1), 999)).toBeUndefined();
  expect(lines).toEqual([]);
});

it('logs a lane once that is blocked by one record after the other', () => {
  const lane = laneOf(0, 20);
  for (let offset = 0; offset < 19; offset += 1) {
    expect(blockFor(lane, 2_000)).toMatch(new RegExp(`pets/0 at offset ${String(offset)}\\..*LANE_BLOCKED`));
    applyFirst(lane, 1);
    blocked.prune([lane]);
    jest.advanceTimersByTime(RECOVERY_MS / 2);
    expect(blocked.report()).toBeUndefined();
  }
  expect(lines).toHaveLength(1);
  // Another lane is another outage, and so is a block that begins later.
  blockFor(laneOf(1, 1), 2_000);
  expect(lines).toHaveLength(2);
  jest.advanceTimersByTime(RECOVERY_MS);
  blockFor(lane, 2_000);
  expect(lines).toHaveLength(3);
});
