import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
const PATIENCE = 30_000;

/** Looks until it is so. @throws what is not so, after 30 s. */
export async function until(otherwise: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !(await isSo()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(otherwise);
  }
}
