/** A partition whose next batch cannot be read: when it is paused, reported, and read again. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { UnreadablePartitions } from '../../src/consumer/unreadable-partitions.ts';

const partition = { topic: 'moves', partition: 3 };
const damage = { offset: 7n, next: 9n, reason: 'bad checksum' };
const otherDamage = { ...damage, reason: 'bad length' };

let calls: string[];
let isAllPaused: boolean;
let unreadable: UnreadablePartitions;
beforeEach(() => {
  jest.useFakeTimers();
  calls = [];
  isAllPaused = false;
  unreadable = new UnreadablePartitions({
    membership: () => ({
      pause: () => void calls.push('pause'),
      resume: () => void calls.push('resume'),
      seek: (_partition, offset) => void calls.push(`seek ${String(offset)}`),
      commit: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    }),
    isPaused: () => isAllPaused,
    changed: () => {
      calls.push(unreadable.reason === undefined ? 'readable' : 'reported');
      return true;
    },
    log: pino({ level: 'silent' }),
  });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Passes fetches with this damage. @returns the calls after each, and whether the partition is paused. */
function fetches(...found: readonly (typeof damage | undefined)[]) {
  return found.map((one) => {
    calls = [];
    unreadable.fetched(partition, one, 7n);
    return [...calls, unreadable.isPaused(partition)];
  });
}

const SUSPECTED = ['seek 7', false];

describe('a partition whose next batch cannot be read', () => {
  it('is read once more, and paused and reported if a second fetch finds the same', () => {
    expect(fetches(damage, damage)).toEqual([SUSPECTED, ['pause', 'reported', true]]);
    expect(unreadable.reason).toMatch(/^moves\/3: .*offset 7.*bad checksum.*BATCH_UNREADABLE/);
  });

  it('is not paused if the second fetch finds something else, or nothing', () => {
    expect(fetches(damage, otherDamage, undefined)).toEqual([SUSPECTED, SUSPECTED, ['readable', false]]);
    expect(unreadable.reason).toBeUndefined();
  });

  it('is read again after 5 s, and paused again without another report', () => {
    fetches(damage, damage);
    calls = [];
    jest.advanceTimersByTime(5_000);
    expect([calls, unreadable.isPaused(partition)]).toEqual([['seek 7', 'resume'], false]);
    expect(unreadable.reason).toBeDefined();
    expect(fetches(damage)).toEqual([['pause', true]]);
  });

  it('stays paused after 5 s if all partitions are paused', () => {
    fetches(damage, damage);
    isAllPaused = true;
    calls = [];
    jest.advanceTimersByTime(5_000);
    expect(calls).toEqual(['seek 7']);
  });

  it('is read on if a late fetch finds other damage or none while it is paused, unless all partitions are paused', () => {
    fetches(damage, damage);
    expect(fetches(otherDamage)).toEqual([['seek 7', 'resume', false]]);
    fetches(damage, damage);
    isAllPaused = true;
    expect(fetches(otherDamage)).toEqual([SUSPECTED]);
  });

  it('is forgotten after a fetch without damage, and its timer does nothing', () => {
    fetches(damage, damage);
    expect(fetches(undefined)).toEqual([['readable', 'resume', false]]);
    calls = [];
    jest.advanceTimersByTime(5_000);
    expect(calls).toEqual([]);
  });

  it('is read at once if it is assigned again, and forgotten if it is not', () => {
    fetches(damage, damage);
    unreadable.reassign([partition]);
    expect([unreadable.isPaused(partition), unreadable.reason !== undefined]).toEqual([false, true]);
    expect(fetches(damage)).toEqual([['pause', true]]);
    unreadable.reassign([{ ...partition, partition: 4 }]);
    expect(unreadable.reason).toBeUndefined();
  });
});
