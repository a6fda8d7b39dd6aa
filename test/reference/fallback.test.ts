/** A fact that only decorates is never waited for without end. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { metrics } from '../../src/metrics.ts';
import { withFallback } from '../../src/reference/fallback.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import type { FactSource } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';

type Answers = FactSource<'characterPoint'>['ask'];

let client: { isClosed: boolean; isSaturated: boolean; isAway: boolean; hasBeenAwayFor(ms: number): boolean };
let logged: string[];
let asked: number;
beforeEach(() => {
  client = { isClosed: false, isSaturated: false, isAway: false, hasBeenAwayFor: () => client.isAway };
  logged = [];
  asked = 0;
});

/** A source of the fact, whose service answers so. */
function sourceOf(answer: Answers, maxWaitMs = 200) {
  const source: FactSource<'characterPoint'> = {
    answerAtHand: () => undefined,
    ask: (...question) => {
      asked += 1;
      return answer(...question);
    },
  };
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(line) });
  return withFallback(source, { fact: 'characterPoint', client, maxWaitMs, log });
}

/** How often the fact was done without, so far. */
async function missing(cause: 'failed' | 'outage'): Promise<number> {
  const { values } = await metrics.factsMissing.get();
  return values.find(({ labels }) => labels.fact === 'characterPoint' && labels.cause === cause)?.value ?? 0;
}
const fail: Answers = () => Promise.reject(new FailedQuestionError('things', 'status 500', 'ask again'));
const outage: Answers = () => Promise.reject(new OutageError('things', 'refused'));
const never: Answers = () => new Promise(() => undefined);

describe('what only decorates', () => {
  it('is the answer', async () => {
    const source = sourceOf(() => Promise.resolve({ x: 1, y: 2 }));
    expect(await source.ask(ASKER, 1)).toEqual({ x: 1, y: 2 });
  });

  it('is none at once where the question fails: counted, and logged once', async () => {
    const source = sourceOf(fail, 1_000_000);
    const before = await missing('failed');
    expect(await Promise.all([source.ask(ASKER, 1), source.ask(ASKER, 2)])).toEqual([undefined, undefined]);
    expect([asked, (await missing('failed')) - before]).toEqual([2, 2]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('"error":"status 500"');
  });

  it('is asked again in an outage, and the answer counts', async () => {
    const source = sourceOf((...question) => (asked < 3 ? outage(...question) : Promise.resolve({ x: 1, y: 2 })), 1e6);
    expect(await source.ask(ASKER, 1)).toEqual({ x: 1, y: 2 });
  });

  it.each<[string, Answers]>([
    ['refuses', outage],
    ['hangs', never],
  ])('is none after a while where the service %s, and counted', async (_how, answer) => {
    const before = await missing('outage');
    expect(await sourceOf(answer).ask(ASKER, 1)).toBeUndefined();
    expect((await missing('outage')) - before).toBe(1);
    expect(logged).toEqual([]);
  });

  it('is held no longer than what is left of the while', async () => {
    // Else the test would never end.
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1, 999_999)).toBeUndefined();
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1, 2_000_000)).toBeUndefined();
  });

  it('is none after one failure where the service has been away for as long already', async () => {
    client.isAway = true;
    expect(await sourceOf(outage, 1_000_000).ask(ASKER, 1)).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('is not even asked where too much is under way', async () => {
    client.isSaturated = true;
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1)).toBeUndefined();
    expect(asked).toBe(0);
  });

  it.each<[string, Answers]>([
    ['an outage', outage],
    ['a failure', fail],
  ])('has no answer once the client is closed: %s says nothing then', async (_what, answer) => {
    client.isClosed = true;
    await expect(sourceOf(answer).ask(ASKER, 1)).rejects.toThrow(/refused|500/);
  });

  it('has no answer where a bug shows', async () => {
    await expect(sourceOf(() => Promise.reject(new TypeError('bug'))).ask(ASKER, 1)).rejects.toThrow('bug');
  });
});
