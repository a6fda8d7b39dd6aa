import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
const PATIENCE = 30_000;
/** What waits for long looks less often: a look takes CPU time from what it waits for. */
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 100;
const DELAY_FACTOR = 1.2;

/** Looks until it is so. @throws what is not so, after `patience`. */
export async function until(
  otherwise: string | (() => string),
  isSo: () => Promise<boolean>,
  patience = PATIENCE,
): Promise<void> {
  const deadline = Date.now() + patience;
  for (let delayMs = FIRST_DELAY_MS; !(await isSo()); delayMs = Math.min(delayMs * DELAY_FACTOR, MAX_DELAY_MS)) {
    if (Date.now() > deadline) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise());
    await sleep(delayMs);
  }
}
