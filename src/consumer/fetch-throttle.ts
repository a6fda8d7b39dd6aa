import { sentence } from '../errors.ts';
import { RECOVERY_MS } from '../readiness.ts';

/** Shorter delays are not reported. */
const MIN_REPORTED_MS = 1_000;

/**
 * Returns a function that takes for how many milliseconds the broker delays the consumer. It reports that the broker throttles,
 * until it has not done so for a while: a throttled consumer waits, fetches what its quota allows, and has to wait again.
 */
export function reportThrottle(report: (reason: string | undefined) => void): (milliseconds: number) => void {
  let calm: NodeJS.Timeout | undefined;
  return (milliseconds) => {
    if (milliseconds < MIN_REPORTED_MS) return;
    report(sentence('BROKER_THROTTLES', 'The broker throttles fetches'));
    clearTimeout(calm);
    calm = setTimeout(() => {
      report(undefined);
    }, milliseconds + RECOVERY_MS).unref();
  };
}
