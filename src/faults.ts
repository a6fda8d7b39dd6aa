import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Places on a record's way where a test may kill, stop or delay the process, to see that nothing is lost, done twice or
 * told out of order. They do nothing unless the variable FAULT_POINT names one.
 */
export const FAULT_POINTS = [
  'before-lock',
  'after-load',
  'before-commit',
  'after-commit',
  'before-send',
  'after-publish',
  'after-delete',
  'sweep-before-commit',
  'sweep-after-commit',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/**
 * What happens there: `kill` and `stop` (SIGSTOP, once; SIGCONT ends it) on the spot, no handler runs and nothing is
 * flushed; `delay` each time, for up to MOST_DELAY; `throw` and `reject` leave an exception or a rejection to nobody.
 */
export const FAULT_KINDS = ['kill', 'stop', 'delay', 'throw', 'reject'] as const;

/** Milliseconds. */
const MOST_DELAY = 200;

const { FAULT_POINT: armed, FAULT_KIND: kind = 'kill' } = process.env;
let hasStopped = false;

/** @param records how many are on their way here; where there is none, nothing is at stake and nothing happens. */
export async function faultPoint(point: FaultPoint, records: number): Promise<void> {
  if (armed !== point || records === 0) return;
  if (kind === 'delay') {
    await sleep(Math.random() * MOST_DELAY);
  } else if (kind === 'kill') {
    process.kill(process.pid, 'SIGKILL');
  } else if (kind === 'throw') {
    setImmediate(() => {
      throw new Error('a fault of a test');
    });
  } else if (kind === 'reject') {
    void Promise.reject(new Error('a fault of a test'));
  } else if (!hasStopped) {
    hasStopped = true;
    process.kill(process.pid, 'SIGSTOP');
  }
}
