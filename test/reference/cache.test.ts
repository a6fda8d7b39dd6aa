import { describe, expect, it } from '@jest/globals';
import { cachedSource } from '../../src/reference/cache.ts';
import { ASKER } from '../support/asker.ts';

const MINUTE = 60_000;

/** Returns a cached source whose answers are the number of requests so far. */
function countingSource() {
  const clock = { time: 1, now: () => clock.time };
  let times = 0;
  const source = cachedSource<'foothold'>(
    { ask: () => Promise.resolve((times += 1)), keyOf: ({ mapId }) => String(mapId) },
    clock,
  );
  const at = (mapId: number) => ({ mapId, x: 0, y: 0 });
  return {
    clock,
    ask: (mapId: number) => source.ask(ASKER, at(mapId)),
    cached: (mapId: number, asker = ASKER) => source.answerAtHand(asker, at(mapId))?.answer,
  };
}

describe('a cached answer', () => {
  it('is used for 5 minutes', async () => {
    const { clock, ask, cached } = countingSource();
    expect(cached(1)).toBeUndefined();
    await ask(1);
    clock.time += 5 * MINUTE;
    expect(cached(1)).toBe(1);
    clock.time += 1;
    expect(cached(1)).toBeUndefined();
    await ask(1);
    expect(cached(1)).toBe(2);
  });

  it('is evicted by a newer one if there are 10,000', async () => {
    const { ask, cached } = countingSource();
    for (let mapId = 0; mapId <= 10_000; mapId += 1) await ask(mapId);
    expect(cached(0)).toBeUndefined();
    expect(cached(1)).toBe(2);
    expect(cached(10_000)).toBe(10_001);
  });

  it('is used only for the tenant that asked', async () => {
    const { ask, cached } = countingSource();
    await ask(1);
    expect(cached(1, { ...ASKER, traceparent: 'another' })).toBe(1);
    for (const other of [{ TENANT_ID: 'another' }, { REGION: 'JMS' }, { MAJOR_VERSION: 8 }, { MINOR_VERSION: 11 }])
      expect(cached(1, { ...ASKER, ...other })).toBeUndefined();
  });
});
