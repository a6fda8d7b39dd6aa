/** What is known of the database's clock, by what it said and when. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseClock } from '../../src/store/clock.ts';
import type { Database } from '../../src/store/database.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

let elapsed: number;
let databaseTime: number;
let clock: DatabaseClock;
beforeEach(() => {
  elapsed = 5_000.25;
  databaseTime = NOON;
  clock = new DatabaseClock({ elapsed: () => elapsed, wall: () => databaseTime + HOUR });
});

function pass(milliseconds: number): void {
  elapsed += milliseconds;
  databaseTime += milliseconds;
}

/** A database that reads its clock some time after the question, and some time before the answer. */
const slow = (before: number, after: number) =>
  ({
    $queryRawUnsafe: () => {
      pass(before);
      const now = BigInt(Math.floor(databaseTime));
      pass(after);
      return Promise.resolve([{ now }]);
    },
  }) as unknown as Database;

it('knows nothing before the first look', () => {
  expect(() => clock.now()).toThrow('was not read yet');
});

describe('after a look', () => {
  it('counts on by itself, whatever its own clock says', async () => {
    await clock.read(slow(0, 0));
    expect(clock.now()).toBe(NOON);
    pass(60_000);
    expect(clock.now()).toBe(NOON + 60_000);
    expect(clock.skewMs).toBeCloseTo(HOUR, 0);
  });

  it('is behind by what the answer took, and never ahead', async () => {
    await clock.read(slow(300, 200));
    expect(clock.now()).toBe(databaseTime - 200);
  });

  it('is not made worse by a slower look', async () => {
    await clock.read(slow(1, 1));
    await clock.read(slow(500, 500));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
  });

  it('follows a database whose clock is set', async () => {
    await clock.read(slow(1, 1));
    databaseTime += HOUR;
    await clock.read(slow(1, 1));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
    databaseTime -= 2 * HOUR;
    await clock.read(slow(1, 1));
    expect(databaseTime - clock.now()).toBeLessThanOrEqual(2);
  });
});
