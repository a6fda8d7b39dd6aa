import { classify } from './failure.ts';

/**
 * Does work on many items; where it fails by their own fault or by their number, on each half of them, in order, until a
 * guilty item stands alone.
 *
 * @param work rejects where nothing of it was done. `isRetry` says that a try has failed: it should wait for no lock then.
 * @param giveUp called with an item that fails alone.
 *
 * Rejects in an outage, see {@link classify}.
 */
export async function byHalves<Item>(
  items: readonly Item[],
  work: (some: readonly Item[], isRetry: boolean) => Promise<void>,
  giveUp: (item: Item, error: unknown) => void,
  isRetry = false,
): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  try {
    await work(items, isRetry);
  } catch (error) {
    const failure = classify(error);
    if (failure === 'outage') throw error;
    if (!isRetry && (failure === 'locked' || failure === 'conflict')) {
      await byHalves(items, work, giveUp, true);
    } else if (items.length === 1) {
      giveUp(first, error);
    } else {
      const half = Math.ceil(items.length / 2);
      await byHalves(items.slice(0, half), work, giveUp, true);
      await byHalves(items.slice(half), work, giveUp, true);
    }
  }
}
