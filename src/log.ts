import { hostname } from 'node:os';
import { pino, stdTimeFunctions } from 'pino';
import type { Logger, LoggerOptions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { SERVICE_NAME, VERSION } from './build.ts';
import { sentence, ServiceError } from './errors.ts';
import { LogDestination } from './log-destination.ts';

export type { Logger };

/** Milliseconds that the process waits for the reader of the log before it ends. */
const MAX_FLUSH_MS = 500;

/** Identifies the lines of this process. In a container, the host name is that of the container. */
const IDENTITY = {
  service: SERVICE_NAME,
  version: VERSION,
  instance: `${hostname()}-${String(process.pid)}`,
} as const;

const standardOutput = new LogDestination(process.stdout);
// Node writes its warnings to stderr. Without this handler, the process would end if the reader of stderr has exited.
process.stderr.on('error', () => undefined);

/**
 * Creates the log: JSON lines on standard output, or readable lines on a terminal. A slow reader of the log never blocks the
 * service.
 *
 * @param group the consumer group, which each line contains.
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
    log.warn({ dropped }, sentence('LOG_LINES_DROPPED', 'Log lines were dropped: they were not read in time'));
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
 * Reports an error that ends the start, whatever LOG_LEVEL is: as a line of the log, or on a terminal as text on standard
 * error.
 */
export function reportFailedStart(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const isKnown = error instanceof ServiceError;
  if (process.stdout.isTTY) {
    process.stderr.write(`pet-service: ${isKnown ? message : String(stack)}\n`);
    return;
  }
  // A message has one fault per line. The log line joins them to sentences.
  const line = message
    .replaceAll(/([^\s.:?])\n\s*/g, '$1. ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
  const log = createLog('fatal');
  if (isKnown) log.fatal({ code: error.code }, line);
  else log.fatal({ code: 'UNCAUGHT', error: line, stack }, sentence('UNCAUGHT', 'The service cannot start'));
}

/** Ends the process when the log has been read, or after MAX_FLUSH_MS. */
export async function endProcess(code: number): Promise<never> {
  await standardOutput.flush(MAX_FLUSH_MS);
  process.exit(code);
}
