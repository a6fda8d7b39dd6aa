/**
 * Points in the processing of a record at which a test kills, stops or delays the process, to prove that nothing is lost,
 * applied twice or published out of order. They do nothing unless a test arms them; no setting of the service can.
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

let injectFault: ((point: FaultPoint) => Promise<void>) | undefined;

/**
 * Runs `inject` at each fault point that a record reaches.
 * @public for tests, which load this module into the process of the service by its path.
 */
export function armFaultPoints(inject: (point: FaultPoint) => Promise<void>): void {
  injectFault = inject;
}

/** Runs the armed fault. @param records the number of records that are being processed; without any, nothing happens. */
export async function faultPoint(point: FaultPoint, records: number): Promise<void> {
  if (records > 0) await injectFault?.(point);
}
