import { hostname } from 'node:os';
import { pino, stdTimeFunctions } from 'pino';
import type { Logger, LoggerOptions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { SERVICE_NAME, VERSION } from './build.ts';
import { sentence, ServiceError } from './errors.ts';
import { LogDestination } from './log-destination.ts';

export type { Logger };

/** Milliseconds that the end of the process waits for the reader of the log. */
const FLUSH_MS = 500;

/** What tells the lines of this process from those of others. In containers the host name is that of the container. */
const IDENTITY = {
  service: SERVICE_NAME,
  version: VERSION,
  instance: `${hostname()}-${String(process.pid)}`,
} as const;

const standardOutput = new LogDestination(process.stdout);
// Node writes its warnings there, and ends the process if nobody handles that their reader is gone.
process.stderr.on('error', () => undefined);

/**
 * Creates the log: JSON lines on standard output; on a terminal, lines for people. No reader of the log holds up the
 * service.
 *
 * @param group the consumer group, in every line of it.
 */
export function createLog(level: string, group?: string): Logger {
  const options: LoggerOptions = {
    level,
    base: { ...IDENTITY, ...(group !== undefined && { group }) },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const log = process.stdout.isTTY ? pino(options, prettyOutput()) : pino(options, standardOutput);
  standardOutput.onDropped = (dropped) => {
    log.warn({ dropped }, sentence('LOG_LINES_DROPPED', 'Log lines were dropped: nobody read them'));
  };
  return log;
}

function prettyOutput() {
  const ignore = ['pid', 'hostname', ...Object.keys(IDENTITY), 'group'].join(',');
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', ignore, singleLine: true });
  return {
    write(line: string) {
      standardOutput.write(pretty(line));
    },
  };
}

/**
 * Reports an error that ends the start, whatever the level of the log: as a line of the log, or on a terminal as text on
 * standard error.
 */
export function reportFailedStart(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const isKnown = error instanceof ServiceError;
  if (process.stdout.isTTY) {
    process.stderr.write(`pet-service: ${isKnown ? message : String(stack)}\n`);
    return;
  }
  // A fault in each line of a message for people.
  const line = message
    .replaceAll(/([^\s.:?])\n\s*/g, '$1. ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
  const log = createLog('fatal');
  if (isKnown) log.fatal({ code: error.code }, line);
  else log.fatal({ code: 'UNCAUGHT', error: line, stack }, sentence('UNCAUGHT', 'The service cannot be started'));
}

/** Ends the process once the log is written, or soon if nobody reads it. */
export async function endProcess(code: number): Promise<never> {
  await standardOutput.flush(FLUSH_MS);
  process.exit(code);
}
