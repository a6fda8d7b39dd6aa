/** A batch that fails as a whole: which records and lanes are applied all the same. */
import { describe, expect, it } from '@jest/globals';
import type { Applied } from '../../src/consumer/batch.ts';
import { fetchedOf } from '../support/fetched.ts';
import { Lane } from '../../src/consumer/lane.ts';
import type { BatchShare } from '../../src/consumer/batch-share.ts';
import type { QueuedRecord } from '../../src/consumer/queued-record.ts';
import { applyBySplitting } from '../../src/consumer/split.ts';
import { applyFirst, decodeAsCommand } from '../support/queued.ts';

const ofState = (originalCode: string) => Object.assign(new Error(`SQLSTATE ${originalCode}`), { originalCode });
const slow = ofState('57014');
const locked = ofState('55P03');
const deadlock = ofState('40P01');
const refused = ofState('23514');
const outage = ofState('57P01');

/** Returns lanes 0, 1, ... with so many records each. */
function sharesOf(counts: readonly number[]): BatchShare[] {
  return counts.map((count, partition) => {
    const lane = new Lane({ topic: 't', partition, next: 0n, lastApplied: undefined, last: undefined });
    const records = Array.from({ length: count }, (_, offset) => {
      return { offset: BigInt(offset), timestamp: 0, key: null, value: null, headers: {} };
    });
    lane.push(fetchedOf(records));
    return { lane, records: lane.peek(count) };
  });
}

interface Try {
  readonly records: number;
  readonly wait: boolean;
}

/** Applies batches; `judge` returns the error with which a batch of a record fails. */
async function run(
  counts: readonly number[],
  judge: (queued: QueuedRecord, lane: Lane, tries: number) => Error | undefined,
) {
  const shares = sharesOf(counts);
  const blocked: [number, unknown][] = [];
  const tries: Try[] = [];
  const deadLetters: QueuedRecord[] = [];
  const done = applyBySplitting(shares, {
    apply(some, wait) {
      tries.push({ records: some.reduce((sum, { records }) => sum + records.length, 0), wait });
      for (const { lane, records } of some) {
        for (const queued of records) {
          if (queued.state === 'queued') decodeAsCommand(queued);
          if (queued.state === 'dead-lettered') deadLetters.push(queued);
          const error = queued.state === 'dead-lettered' ? undefined : judge(queued, lane, tries.length);
          if (error !== undefined) return Promise.reject(error);
        }
      }
      const progress = some.map(({ lane, records }) => ({
        lane,
        outcomes: records.map(() => 'changed' as const),
        next: 0n,
        lastApplied: { offset: 0n, timestamp: 0 },
      }));
      return Promise.resolve<Applied>({ progress, fenced: [], blocked: [], committed: [], answers: [] });
    },
    settle({ progress }) {
      for (const { lane, outcomes } of progress) applyFirst(lane, outcomes.length);
      return Promise.resolve();
    },
    block(lane, _queued, error) {
      blocked.push([lane.partition, error]);
    },
  });
  const outcome = await done.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { outcome, blocked, tries, deadLetters, waiting: shares.map(({ lane }) => lane.waiting) };
}

const ofLane0 = (error: Error) => (_queued: QueuedRecord, lane: Lane) => (lane.partition === 0 ? error : undefined);

describe('applyBySplitting', () => {
  it.each([
    ['needs a row that another session has locked', locked],
    ['takes too long', slow],
    ['is always in a deadlock', deadlock],
  ])('a record that %s blocks only its lane', async (_what, error) => {
    const { outcome, blocked, waiting } = await run([3, 5, 7], ofLane0(error));
    expect({ outcome, blocked, waiting }).toEqual({ outcome: undefined, blocked: [[0, error]], waiting: [3, 0, 0] });
  });

  it('waits for a lock once, and not again in any half', async () => {
    const { tries } = await run([1, 5], ofLane0(locked));
    expect(tries.map(({ wait }) => wait)).toEqual([true, ...tries.slice(1).map(() => false)]);
    expect(tries.slice(0, 2)).toMatchObject([{ records: 6 }, { records: 6 }]);
  });

  it('halves a batch at once that takes too long', async () => {
    const { tries } = await run([8], (queued) => (queued.record.offset === 0n ? slow : undefined));
    expect(tries.map(({ records }) => records)).toEqual([8, 4, 2, 1]);
  });

  it('tries an unchanged batch again after a deadlock', async () => {
    const { tries, waiting } = await run([2, 2], (_queued, _lane, tried) => (tried < 3 ? deadlock : undefined));
    expect(tries.map(({ records }) => records)).toEqual([4, 4, 4]);
    expect(waiting).toEqual([0, 0]);
  });

  it.each([
    ['whose rows the database refuses', refused, 1],
    ['that exceeds a limit of the server', ofState('54000'), 1],
    ['that causes an internal error of the server', ofState('XX000'), 1],
    ['that causes an error of the service', new TypeError('x is undefined'), 3],
    ['whose statement cannot be built', new RangeError('Invalid string length'), 3],
  ])('makes a dead letter of only the record %s', async (_what, error, attempts) => {
    const failedRecords: QueuedRecord[] = [];
    const { outcome, blocked, deadLetters, waiting } = await run([4, 4], (queued, lane) => {
      if (lane.partition !== 1 || queued.record.offset !== 2n) return undefined;
      if (!failedRecords.includes(queued)) failedRecords.push(queued);
      return error;
    });
    expect({ outcome, blocked, waiting }).toEqual({ outcome: undefined, blocked: [], waiting: [0, 0] });
    expect(failedRecords).toMatchObject([{ attempts, lastError: error.message }]);
    expect(deadLetters).toEqual(failedRecords);
  });

  it('makes no other attempt in an outage', async () => {
    const { outcome, tries, waiting } = await run([1, 5, 7], ofLane0(outage));
    expect({ outcome, waiting }).toEqual({ outcome: outage, waiting: [1, 5, 7] });
    expect(tries).toHaveLength(1);
  });
});
