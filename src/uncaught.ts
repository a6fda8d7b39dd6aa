import { sentence } from './errors.ts';
import { endProcess } from './log.ts';
import type { Logger } from './log.ts';

/** Makes lines of the log of Node's warnings, which Node itself prints as text. */
export function logWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message, stack }) => {
    log.warn({ warning: name, error: message, stack }, sentence('NODE_WARNING', 'Node.js warns of something'));
  });
}

/**
 * Ends the process with one fatal line and code 1 on an exception or a rejection that nobody handles: what it was about to do is
 * unknown, so it does nothing more. Nothing has to be saved: what is committed is in the outbox, and other instances, or
 * the next start, send it.
 */
export function endOnUncaught(log: Logger): void {
  let isEnding = false;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      if (isEnding) return;
      isEnding = true;
      const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
      log.fatal(
        { event, error: message, stack },
        sentence('UNCAUGHT', 'The process ends on an error that nobody handles'),
      );
      void endProcess(1);
    });
  }
}
