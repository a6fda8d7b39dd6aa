import { describe, expect, it } from '@jest/globals';
import { cachedSource } from '../../src/reference/cache.ts';
import { ASKER } from '../support/asker.ts';

const MINUTE = 60_000;

/** A source whose answers count how often it was asked. */
function counting() {
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
    known: (mapId: number, asker = ASKER) => source.answerAtHand(asker, at(mapId))?.answer,
  };
}

describe('an answer that is kept', () => {
  it('is at hand for 5 minutes', async () => {
    const { clock, ask, known } = counting();
    expect(known(1)).toBeUndefined();
    await ask(1);
    clock.time += 5 * MINUTE;
    expect(known(1)).toBe(1);
    clock.time += 1;
    expect(known(1)).toBeUndefined();
    await ask(1);
    expect(known(1)).toBe(2);
  });

  it('makes room, where there are 10,000, for one that is newer', async () => {
    const { ask, known } = counting();
    for (let mapId = 0; mapId <= 10_000; mapId += 1) await ask(mapId);
    expect(known(0)).toBeUndefined();
    expect(known(1)).toBe(2);
    expect(known(10_000)).toBe(10_001);
  });

  it('is for the tenant that asked', async () => {
    const { ask, known } = counting();
    await ask(1);
    expect(known(1, { ...ASKER, traceparent: 'another' })).toBe(1);
    for (const other of [{ TENANT_ID: 'another' }, { REGION: 'JMS' }, { MAJOR_VERSION: 8 }, { MINOR_VERSION: 11 }])
      expect(known(1, { ...ASKER, ...other })).toBeUndefined();
  });
});
