import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 30_000;
/** A long wait checks its condition less often: a check takes CPU time from the awaited work. */
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 100;
const DELAY_FACTOR = 1.2;

/** Waits until a condition holds. @throws {Error} with `otherwise` after the timeout. */
export async function until(
  otherwise: string | (() => string),
  isSo: () => Promise<boolean>,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let delayMs = FIRST_DELAY_MS; !(await isSo()); delayMs = Math.min(delayMs * DELAY_FACTOR, MAX_DELAY_MS)) {
    if (Date.now() > deadline) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise());
    await sleep(delayMs);
  }
}
