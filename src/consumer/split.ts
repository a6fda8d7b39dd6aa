import { classify } from '../store/failure.ts';
import type { Applied } from './batch.ts';
import { failed } from './effect.ts';
import type { Part } from './lane.ts';

/** A statement that ran into its time limit is tried again as it is, then by halves. */
const TRIES_BEFORE_HALVING = 2;

/**
 * Applies a batch; where its rows are at fault, or it is too much at once, by halves and in order, until the guilty
 * record stands alone and is set aside. `settle` is told of each part of it as it is committed.
 *
 * Rejects when the database is away: what was not settled is still to be done.
 */
export async function applyBySplitting(
  parts: readonly Part[],
  apply: (parts: readonly Part[]) => Promise<Applied>,
  settle: (applied: Applied) => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await settle(await apply(parts));
      return;
    } catch (error) {
      const failure = classify(error);
      if (failure === 'outage') throw error;
      if (failure === 'timeout' && tries < TRIES_BEFORE_HALVING) continue;
      const alone = onlyEntry(parts);
      if (alone === undefined) break;
      if (failure === 'timeout') throw error;
      if (alone.setAside) throw error;
      failed(alone, error);
      alone.setAside = true;
    }
  }
  const [first, second] = halve(parts);
  let failure: Error | undefined;
  try {
    await applyBySplitting(first, apply, settle);
  } catch (error) {
    // One that cannot be settled now stops its own lane, not those behind it.
    if (classify(error) === 'outage') throw error;
    failure = error as Error;
  }
  // Where the first half stopped early, or its lane was emptied, the rest of that lane has to wait for its turn.
  const next = second.filter(({ lane, entries }) => lane.peek(1)[0] === entries[0]);
  if (next.length > 0) await applyBySplitting(next, apply, settle);
  if (failure !== undefined) throw failure;
}

function onlyEntry([part, ...more]: readonly Part[]) {
  return more.length === 0 && part?.entries.length === 1 ? part.entries[0] : undefined;
}

/** The first and the second half of all records, lane by lane. */
function halve(parts: readonly Part[]): [Part[], Part[]] {
  const half = Math.ceil(parts.reduce((sum, { entries }) => sum + entries.length, 0) / 2);
  const first: Part[] = [];
  const second: Part[] = [];
  let taken = 0;
  for (const { lane, entries } of parts) {
    const fit = Math.min(entries.length, half - taken);
    taken += fit;
    if (fit > 0) first.push({ lane, entries: entries.slice(0, fit) });
    if (fit < entries.length) second.push({ lane, entries: entries.slice(fit) });
  }
  return [first, second];
}
