/**
 * Places where a test may kill the process, to see that nothing is lost or done twice. They do nothing unless the
 * variable FAULT_POINT names one.
 */
export const FAULT_POINTS = ['after-load', 'before-commit', 'after-commit', 'after-publish', 'after-delete'] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

const armed = process.env['FAULT_POINT'];

/** Dies on the spot where this point is armed: no handler runs, nothing is flushed. */
export function faultPoint(point: FaultPoint): void {
  if (armed === point) process.kill(process.pid, 'SIGKILL');
}
