/** Work on many items that fails because of one of them: which items are tried again, and which are given up. */
import { describe, expect, it } from '@jest/globals';
import { bisect, bisectTransactions } from '../src/bisect.ts';

const ofState = (originalCode: string) => Object.assign(new Error(`SQLSTATE ${originalCode}`), { originalCode });
const refused = ofState('23514');
const locked = ofState('55P03');
const outage = ofState('57P01');

/** Runs work in transactions that fails with this error if it has a certain item. */
async function run(items: readonly number[], faultyItem: number, error: Error) {
  const tries: [items: readonly number[], isRetry: boolean][] = [];
  const done: number[] = [];
  const givenUp: number[] = [];
  const outcome = await bisectTransactions(
    items,
    (some, isRetry) => {
      tries.push([some, isRetry]);
      if (some.includes(faultyItem)) return Promise.reject(error);
      done.push(...some);
      return Promise.resolve();
    },
    (item) => {
      givenUp.push(item);
    },
  ).catch((thrown: unknown) => thrown);
  return { outcome, tries, done, givenUp };
}

describe('bisectTransactions', () => {
  it('does nothing without items', async () => {
    expect((await run([], 1, refused)).tries).toEqual([]);
  });

  it('halves in order until the faulty item is alone, and completes all others', async () => {
    expect(await run([1, 2, 3, 4, 5], 2, refused)).toMatchObject({
      outcome: undefined,
      tries: [
        [[1, 2, 3, 4, 5], false],
        [[1, 2, 3], true],
        [[1, 2], true],
        [[1], true],
        [[2], true],
        [[3], true],
        [[4, 5], true],
      ],
      done: [1, 3, 4, 5],
      givenUp: [2],
    });
  });

  it('tries all items again once after a lock timeout, before it halves them', async () => {
    const { tries, givenUp } = await run([1, 2], 1, locked);
    expect([tries.slice(0, 3), givenUp]).toEqual([
      [
        [[1, 2], false],
        [[1, 2], true],
        [[1], true],
      ],
      [1],
    ]);
  });

  it('rejects in an outage, without another attempt', async () => {
    expect(await run([1, 2, 3], 3, outage)).toMatchObject({ outcome: outage, givenUp: [], done: [] });
  });
});

describe('bisect', () => {
  it('does not run items again that it has run but cannot settle', async () => {
    let runs = 0;
    const failure = new Error('not settled');
    const done = bisect([1, 2], {
      run: () => Promise.resolve((runs += 1)),
      settle: () => Promise.reject(failure),
      afterFailure: () => 'run again',
    });
    await expect(done).rejects.toBe(failure);
    expect(runs).toBe(1);
  });

  it('throws if it is asked to halve a single item', async () => {
    const done = bisect([1], { run: () => Promise.reject(refused), afterFailure: () => 'halve' });
    await expect(done).rejects.toMatchObject({ name: 'InvariantError' });
  });
});
