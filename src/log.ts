import { pino } from 'pino';
import type { Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { LogDestination } from './log-destination.ts';

export type { Logger };

/** Milliseconds that the end of the process waits for the reader of the log. */
const FLUSH_MS = 500;

const standardOutput = new LogDestination(process.stdout);
// Node writes its warnings there, and ends the process if nobody handles that their reader is gone.
process.stderr.on('error', () => undefined);

/** JSON lines on standard output; on a terminal, lines for people. No reader of the log holds up the service. */
export function createLog(level: string): Logger {
  const options = { level, base: null };
  if (!process.stdout.isTTY) return pino(options, standardOutput);
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true });
  return pino(options, {
    write(line: string) {
      standardOutput.write(pretty(line));
    },
  });
}

/** Ends the process once the log is written, or soon if nobody reads it. */
export async function endProcess(code: number): Promise<never> {
  await standardOutput.flush(FLUSH_MS);
  process.exit(code);
}
