import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
const PATIENCE = 30_000;

/** Looks until it is so. @throws what is not so, after `patience`. */
export async function until(
  otherwise: string | (() => string),
  isSo: () => Promise<boolean>,
  patience = PATIENCE,
): Promise<void> {
  for (const deadline = Date.now() + patience; !(await isSo()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise());
  }
}
