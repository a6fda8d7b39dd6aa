import { sentence } from './errors.ts';
import { endProcess } from './log.ts';
import type { Logger } from './log.ts';

/** Logs Node's warnings, which Node itself would print as text. */
export function logWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message, stack }) => {
    log.warn({ warning: name, error: message, stack }, sentence('NODE_WARNING', 'Node.js printed a warning'));
  });
}

/**
 * Ends the process with one fatal line and code 1 on an uncaught exception or an unhandled rejection: its state is unknown, so
 * it must do nothing more. Nothing has to be saved: committed events are in the outbox, and other instances, or the next
 * start, send them.
 */
export function endOnUncaught(log: Logger): void {
  let isEnding = false;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      if (isEnding) return;
      isEnding = true;
      const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
      log.fatal({ event, error: message, stack }, sentence('UNCAUGHT', 'An unexpected error ended the process'));
      void endProcess(1);
    });
  }
}
