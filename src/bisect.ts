import { InvariantError } from './invariant.ts';
import { classify } from './store/failure.ts';

/** What follows a run that failed: the same items again, each half of them, or nothing more for these items. */
export type NextStep = 'run again' | 'halve' | 'give up';

/** What is done with many items at once, and when they are divided. */
export interface Bisection<Item, Result = void> {
  /** Does the work on all of these items, or rejects and has done nothing. */
  run(items: readonly Item[]): Promise<Result>;
  /** Called after each run that has succeeded. If it rejects, the whole bisection does: its items are not run again. */
  settle?(result: Result): Promise<void>;
  /**
   * Decides what follows a failed run; throws if nothing more is to be done with any item.
   *
   * @param failures how often these items have failed, this time included.
   */
  afterFailure(error: unknown, items: readonly Item[], failures: number): NextStep;
}

/**
 * Does work on many items at once. If it fails by the fault of one of them or because they are too many, does it on the
 * first half and then on the second, until the item at fault stands alone.
 */
export async function bisect<Item, Result>(items: readonly Item[], bisection: Bisection<Item, Result>): Promise<void> {
  if (items.length === 0) return;
  for (let failures = 1; ; failures += 1) {
    let result: Result;
    try {
      result = await bisection.run(items);
    } catch (error) {
      const next = bisection.afterFailure(error, items, failures);
      if (next === 'run again') continue;
      if (next === 'halve') await bisectHalves(items, bisection);
      return;
    }
    await bisection.settle?.(result);
    return;
  }
}

async function bisectHalves<Item, Result>(items: readonly Item[], bisection: Bisection<Item, Result>): Promise<void> {
  if (items.length < 2) throw new InvariantError('a single item cannot be halved');
  const half = Math.ceil(items.length / 2);
  await bisect(items.slice(0, half), bisection);
  await bisect(items.slice(half), bisection);
}

/**
 * Does work on many items in transactions of their own: of all of them, or if that fails by halves, see {@link bisect}.
 * After the first failure no transaction waits for locks any more.
 *
 * @param work rejects if nothing of it was done. `isRetry` means that it should not wait for locks.
 * @param giveUp called with an item that fails alone.
 * @throws the error of an outage, see {@link classify}.
 */
export async function bisectTransactions<Item>(
  items: readonly Item[],
  work: (some: readonly Item[], isRetry: boolean) => Promise<void>,
  giveUp: (item: Item, error: unknown) => void,
): Promise<void> {
  let isRetry = false;
  await bisect(items, {
    run: (some) => work(some, isRetry),
    afterFailure(error, some) {
      const failure = classify(error);
      if (failure === 'outage') throw error;
      const isFirst = !isRetry;
      isRetry = true;
      if (isFirst && (failure === 'locked' || failure === 'conflict')) return 'run again';
      const [item] = some;
      if (some.length > 1 || item === undefined) return 'halve';
      giveUp(item, error);
      return 'give up';
    },
  });
}
