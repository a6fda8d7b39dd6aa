/** The service waits for an optional fact for a limited time only. */
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
let requestCount: number;
beforeEach(() => {
  client = { isClosed: false, isSaturated: false, isAway: false, hasBeenAwayFor: () => client.isAway };
  logged = [];
  requestCount = 0;
});

/** Returns a source of the fact whose service answers so. */
function sourceOf(answer: Answers, maxWaitMs = 200) {
  const source: FactSource<'characterPoint'> = {
    answerAtHand: () => undefined,
    ask: (...question) => {
      requestCount += 1;
      return answer(...question);
    },
  };
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(line) });
  return withFallback(source, { fact: 'characterPoint', client, maxWaitMs, log });
}

/** Returns how often the service continued without the fact so far. */
async function missing(cause: 'failed' | 'outage'): Promise<number> {
  const { values } = await metrics.factsMissing.get();
  return values.find(({ labels }) => labels.fact === 'characterPoint' && labels.cause === cause)?.value ?? 0;
}
const fail: Answers = () => Promise.reject(new FailedQuestionError('things', 'status 500', 'ask again'));
const outage: Answers = () => Promise.reject(new OutageError('things', 'refused'));
const never: Answers = () => new Promise(() => undefined);

describe('an optional fact', () => {
  it('is the answer of the service', async () => {
    const source = sourceOf(() => Promise.resolve({ x: 1, y: 2 }));
    expect(await source.ask(ASKER, 1)).toEqual({ x: 1, y: 2 });
  });

  it('is undefined at once if the question fails, which is counted, and logged once', async () => {
    const source = sourceOf(fail, 1_000_000);
    const before = await missing('failed');
    expect(await Promise.all([source.ask(ASKER, 1), source.ask(ASKER, 2)])).toEqual([undefined, undefined]);
    expect([requestCount, (await missing('failed')) - before]).toEqual([2, 2]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('"error":"status 500"');
  });

  it('is requested again in an outage, until an answer comes', async () => {
    const source = sourceOf(
      (...question) => (requestCount < 3 ? outage(...question) : Promise.resolve({ x: 1, y: 2 })),
      1e6,
    );
    expect(await source.ask(ASKER, 1)).toEqual({ x: 1, y: 2 });
  });

  it.each<[string, Answers]>([
    ['refuses', outage],
    ['hangs', never],
  ])('is undefined after the maximum wait if the service %s, which is counted', async (_how, answer) => {
    const before = await missing('outage');
    expect(await sourceOf(answer).ask(ASKER, 1)).toBeUndefined();
    expect((await missing('outage')) - before).toBe(1);
    expect(logged).toEqual([]);
  });

  it('is awaited only for the rest of the maximum wait', async () => {
    // Otherwise the test would not end.
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1, 999_999)).toBeUndefined();
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1, 2_000_000)).toBeUndefined();
  });

  it('is undefined after one failure if the outage has already lasted for the maximum wait', async () => {
    client.isAway = true;
    expect(await sourceOf(outage, 1_000_000).ask(ASKER, 1)).toBeUndefined();
    expect(requestCount).toBe(1);
  });

  it('is not requested while too many requests are in flight', async () => {
    client.isSaturated = true;
    expect(await sourceOf(never, 1_000_000).ask(ASKER, 1)).toBeUndefined();
    expect(requestCount).toBe(0);
  });

  it.each<[string, Answers]>([
    ['an outage', outage],
    ['a failure', fail],
  ])('rejects with %s once the client is closed', async (_what, answer) => {
    client.isClosed = true;
    await expect(sourceOf(answer).ask(ASKER, 1)).rejects.toThrow(/refused|500/);
  });

  it('rejects with an error that is a bug', async () => {
    await expect(sourceOf(() => Promise.reject(new TypeError('bug'))).ask(ASKER, 1)).rejects.toThrow('bug');
  });
});
