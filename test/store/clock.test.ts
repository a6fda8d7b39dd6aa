/** The estimated time of the database, from its answers and the time that they took. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseClock } from '../../src/store/clock.ts';
import type { Database } from '../../src/store/database.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const HOUR_MS = 3_600_000;

let elapsed: number;
let databaseTime: number;
let clock: DatabaseClock;
beforeEach(() => {
  elapsed = 5_000.25;
  databaseTime = NOON;
  clock = new DatabaseClock({ elapsed: () => elapsed, wall: () => databaseTime + HOUR_MS });
});

function pass(milliseconds: number): void {
  elapsed += milliseconds;
  databaseTime += milliseconds;
}

/** Returns a database that reads its clock `before` ms after the query was sent and `after` ms before it is answered. */
const slow = (before: number, after: number) =>
  ({
    $queryRawUnsafe: () => {
      pass(before);
      const now = BigInt(Math.floor(databaseTime));
      pass(after);
      return Promise.resolve([{ now }]);
    },
  }) as unknown as Database;

it('throws before the first reading', () => {
  expect(() => clock.now()).toThrow('was not read yet');
});

describe('after a reading', () => {
  it('continues by elapsed time, regardless of the clock of this machine', async () => {
    await clock.read(slow(0, 0));
    expect(clock.now()).toBe(NOON);
    pass(60_000);
    expect(clock.now()).toBe(NOON + 60_000);
    expect(clock.skewMs).toBeCloseTo(HOUR_MS, 0);
  });

  it('is slow by the time that the answer took, and never fast', async () => {
    await clock.read(slow(300, 200));
    expect(clock.now()).toBe(databaseTime - 200);
  });

  it('does not get less precise by a slower reading', async () => {
    await clock.read(slow(1, 1));
    await clock.read(slow(500, 500));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
  });

  it('follows the database if its clock is set', async () => {
    await clock.read(slow(1, 1));
    databaseTime += HOUR_MS;
    await clock.read(slow(1, 1));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
    databaseTime -= 2 * HOUR_MS;
    await clock.read(slow(1, 1));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
  });
});
