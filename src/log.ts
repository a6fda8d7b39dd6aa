import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/** JSON lines on standard output. */
export function createLog(level: string): Logger {
  return pino({ level, base: null });
}
