import { describe, expect, it } from '@jest/globals';
import { atMostEvery } from '../src/waiting.ts';

describe('work that many callers ask for', () => {
  it('runs once for concurrent callers, and once within the interval', async () => {
    let times = 0;
    const ask = atMostEvery(60_000, () => Promise.resolve((times += 1)));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(await ask()).toBe(1);
  });

  it('runs again after the interval', async () => {
    let times = 0;
    const ask = atMostEvery(0, () => Promise.resolve((times += 1)));
    expect([await ask(), await ask()]).toEqual([1, 2]);
  });

  it('is shared with callers that come while it runs', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const ask = atMostEvery(0, () => promise);
    const both = [ask(), ask()];
    expect(both[0]).toBe(both[1]);
    resolve(1);
    await both[0];
  });

  it('runs again after a failure', async () => {
    let times = 0;
    const ask = atMostEvery(60_000, () => {
      times += 1;
      return times === 1 ? Promise.reject(new Error('away')) : Promise.resolve(times);
    });
    await expect(ask()).rejects.toThrow('away');
    expect(await ask()).toBe(2);
  });
});
