import { describe, expect, it } from '@jest/globals';
import { sharesOf } from '../../src/consumer/batch-share.ts';
import { Lane } from '../../src/consumer/lane.ts';
import { fetchedOf } from '../support/fetched.ts';
import { applyFirst } from '../support/queued.ts';

function record(offset: number, bytes = 10) {
  return { offset: BigInt(offset), timestamp: 0, key: null, value: Buffer.alloc(bytes), headers: {} };
}

function laneOf(partition: number, waiting: number): Lane {
  const lane = new Lane({ topic: 't', partition, next: 0n, lastApplied: undefined, last: undefined });
  lane.push(fetchedOf(Array.from({ length: waiting }, (_, offset) => record(offset))));
  return lane;
}

describe('a lane', () => {
  it('rejects a fetch of records that it already has', () => {
    const lane = new Lane({ topic: 't', partition: 0, next: 5n, lastApplied: undefined, last: undefined });
    expect(lane.push(fetchedOf([record(4), record(5)]))).toEqual({ kind: 'below' });
    expect(lane.push(fetchedOf([record(5), record(6)]))).toBeUndefined();
    expect(lane.push(fetchedOf([record(6)]))).toEqual({ kind: 'below' });
    expect(lane.peek(10).map((entry) => entry.record.offset)).toEqual([5n, 6n]);
  });

  it('rejects a first gap before a fetch; gaps within a fetch are gaps of the log', () => {
    const lane = new Lane({ topic: 't', partition: 0, next: 5n, lastApplied: undefined, last: undefined });
    expect(lane.push(fetchedOf([record(7)]))).toEqual({ kind: 'gap', from: 5n, first: 7n });
    expect(lane.waiting).toBe(0);
    expect(lane.push(fetchedOf([record(7), record(9)]), true)).toBeUndefined();
    expect(lane.push(fetchedOf([record(10)]))).toBeUndefined();
    expect(lane.peek(10).map((entry) => entry.record.offset)).toEqual([7n, 9n, 10n]);
  });

  it('is read from the last applied record on, which must still be the same record', () => {
    const last = { offset: 4n, timestamp: 77 };
    const lane = () => new Lane({ topic: 't', partition: 0, next: 5n, lastApplied: last, last });
    const applied = { ...record(4), timestamp: 77 };
    expect(lane().readFrom).toBe(4n);

    const same = lane();
    expect(same.push(fetchedOf([applied, record(5)]))).toBeUndefined();
    expect(same.peek(10).map((entry) => entry.record.offset)).toEqual([5n]);
    const alone = lane();
    expect(alone.push(fetchedOf([applied]))).toBeUndefined();
    expect(alone.push(fetchedOf([record(5)]))).toBeUndefined();
    expect(lane().push(fetchedOf([record(4), record(5)]))).toEqual({ kind: 'other log', last, found: 0 });
    // The record was deleted meanwhile: nothing to compare.
    expect(lane().push(fetchedOf([record(5)]))).toBeUndefined();
  });

  it('reads from the last applied record to its next offset again, in several fetches if necessary', () => {
    const last = { offset: 4n, timestamp: 77 };
    const lane = new Lane({ topic: 't', partition: 0, next: 7n, lastApplied: last, last });
    expect(lane.push(fetchedOf([{ ...record(4), timestamp: 77 }]))).toBeUndefined();
    expect(lane.readFrom).toBe(5n);
    // Two transaction markers.
    expect(lane.push({ first: 5n, next: 6n, records: [] })).toBeUndefined();
    expect([lane.nextAfter(0), lane.isBehindMarkers]).toEqual([7n, false]);
    expect(lane.push({ first: 6n, next: 8n, records: [record(7)] })).toBeUndefined();
    expect(lane.push({ first: 7n, next: 8n, records: [record(7)] })).toEqual({ kind: 'below' });
    expect(lane.peek(10).map((entry) => entry.record.offset)).toEqual([7n]);
  });

  it('has as next offset that of its next record or the end of the fetch, also after markers', () => {
    const lane = laneOf(0, 2);
    lane.push({ first: 2n, next: 4n, records: [] });
    lane.push({ first: 4n, next: 6n, records: [record(4)] });
    expect([1, 2, 3].map((count) => lane.nextAfter(count))).toEqual([1n, 4n, 6n]);
    expect(lane.isBehindMarkers).toBe(false);
    applyFirst(lane, 3, 5n);
    expect(lane.isBehindMarkers).toBe(true);
    lane.movedOverMarkers(lane.nextAfter(0));
    expect([lane.expected, lane.isBehindMarkers]).toEqual([6n, false]);
  });

  it('keeps records until they are dropped', () => {
    const lane = laneOf(0, 3);
    expect(lane.peek(2)).toHaveLength(2);
    applyFirst(lane, 2);
    expect(lane.peek(2).map((entry) => entry.record.offset)).toEqual([2n]);
  });

  it('pauses once when it is full by count, and resumes once at half of it', () => {
    const lane = laneOf(0, 4_001);
    expect(lane.watermarkCrossed()).toBe('pause');
    expect(lane.watermarkCrossed()).toBeUndefined();
    applyFirst(lane, 2_000);
    expect(lane.watermarkCrossed()).toBeUndefined();
    applyFirst(lane, 1);
    expect(lane.watermarkCrossed()).toBe('resume');
    expect(lane.watermarkCrossed()).toBeUndefined();
  });

  it('pauses when it is full by bytes', () => {
    const lane = new Lane({ topic: 't', partition: 0, next: 0n, lastApplied: undefined, last: undefined });
    lane.push(fetchedOf([record(0, 5_000_000), record(1, 5_000_000)]));
    expect(lane.watermarkCrossed()).toBe('pause');
  });
});

describe('a batch', () => {
  const sizes = (maxRecords: number, ...waiting: number[]) =>
    sharesOf(
      waiting.map((count, partition) => laneOf(partition, count)),
      maxRecords,
    )
      .sort((a, b) => a.lane.partition - b.lane.partition)
      .map(({ lane, records }) => [lane.partition, records.length]);

  it('has an equal share of each lane with waiting records', () => {
    expect(sizes(9, 100, 0, 100, 100)).toEqual([
      [0, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('gives the unused share of a short lane to the others', () => {
    expect(sizes(10, 2, 100)).toEqual([
      [0, 2],
      [1, 8],
    ]);
  });

  it('is limited in bytes as well, with at least one record of a lane', () => {
    const lane = new Lane({ topic: 't', partition: 0, next: 0n, lastApplied: undefined, last: undefined });
    lane.push(fetchedOf([record(0, 9_000_000), record(1, 5_000_000), record(2, 5_000_000)]));
    const offsets = () => sharesOf([lane], 1_000).flatMap(({ records }) => records.map((entry) => entry.record.offset));
    expect(offsets()).toEqual([0n]);
    applyFirst(lane, 1);
    expect(offsets()).toEqual([1n]);
  });

  it('may have few records or none: it is not waited for', () => {
    expect(sizes(1_000, 1, 0)).toEqual([[0, 1]]);
    expect(sizes(1_000, 0, 0)).toEqual([]);
  });
});

describe('a lane that is used wrongly', () => {
  const isInvariant = expect.objectContaining({ name: 'InvariantError' });

  it('throws if it is held twice, or released without being held', () => {
    const lane = laneOf(0, 1);
    expect(() => {
      lane.release();
    }).toThrow(isInvariant);
    lane.hold();
    expect(() => {
      lane.hold();
    }).toThrow(isInvariant);
    lane.release();
    expect(lane.isHeld).toBe(false);
  });

  it('throws if the offset after more records than are queued is requested', () => {
    expect(laneOf(0, 2).nextAfter(2)).toBe(2n);
    expect(() => laneOf(0, 2).nextAfter(3)).toThrow(isInvariant);
  });

  it('throws if a record is applied that was not decoded, or that was not queued', () => {
    const last = { offset: 0n, timestamp: 0 };
    expect(() => {
      laneOf(0, 1).applied(1, 1n, last);
    }).toThrow(/apply of a record that is queued/);
    expect(() => {
      laneOf(0, 1).applied(2, 2n, last);
    }).toThrow(isInvariant);
  });
});
