/** Reads the command line of a command, runs it, and reports its errors. */
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { sentence, ServiceError } from '../errors.ts';
import { explain } from '../store/database-error.ts';
import { connectionFault } from '../transport/connection-fault.ts';

/** The exit code of a command that was used wrongly. */
const USAGE_ERROR = 2;

/**
 * Returns the options of a command. `--help` prints the help and ends the process with 0; an unknown option ends it with 2, after
 * a sentence that names it.
 *
 * @param command as the user types it, `npm run demo`.
 */
export function options<const Options extends ParseArgsOptionsConfig>(
  command: string,
  help: string,
  config: Options,
  allowPositionals = false,
) {
  return commandLine(command, help, config, allowPositionals).values;
}

/** Returns the options of a command as {@link options} does, and its other words. */
export function commandLine<const Options extends ParseArgsOptionsConfig>(
  command: string,
  help: string,
  config: Options,
  allowPositionals = true,
) {
  process.stdout.on('error', endWithReader);
  try {
    const line = parseArgs({ options: { ...config, help: { type: 'boolean', short: 'h' } }, allowPositionals });
    if ((line.values as { help?: boolean }).help === true) {
      console.log(help);
      process.exit(0);
    }
    return line;
  } catch (error) {
    if (!isUsage(error)) throw error;
    const [what = ''] = error.message.split('. ');
    usageError(command, what.replace(/\.$/, ''));
  }
}

/**
 * Ends the process with a usage error if an action of a command has options or words that it does not take. They must not be
 * ignored: the user means something by them.
 */
export function requireTaken(
  command: string,
  action: string,
  { values, words }: { readonly values: object; readonly words: readonly string[] },
  takes: readonly string[],
): void {
  const other = Object.keys(values).find((name) => !takes.includes(name));
  if (other !== undefined) usageError(command, `${action} does not take --${other}`);
  if (words.length > 0) usageError(command, `${action} does not take ${words.join(' ')}`);
}

/** Ends the process when the reader of its output has ended (`| head`). */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** Ends the process with 2, after a sentence that names what is wrong with its command line. */
export function usageError(command: string, what: string): never {
  console.error(`${command}: ${what}. See: ${command} -- --help`);
  process.exit(USAGE_ERROR);
}

/**
 * Runs a command. It ends with the exit code that `main` returns, 0 without one, and after an error with 1 and the error's
 * message, unless a signal has set another code.
 */
export async function runCommand(command: string, main: () => Promise<unknown>): Promise<void> {
  try {
    const code = await main();
    if (typeof code === 'number') process.exitCode ||= code;
  } catch (error) {
    console.error(`${command}: ${reasonOf(error)}`);
    // Open connections would keep the process running.
    process.exit(process.exitCode || 1);
  }
}

/** Returns a signal that aborts when the process is asked to end; its exit code is then that of the signal, as in a shell. */
export function endSignal(): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      end.abort(new Error(`ended by ${signal}`));
      process.exitCode = 128 + constants.signals[signal];
    });
  }
  return end.signal;
}

/** Returns what went wrong, with its code and what to do if they are known, without a stack. */
function reasonOf(error: unknown): string {
  const fault = connectionFault(error);
  if (fault !== undefined) return sentence(fault.code, fault.message);
  const isOwn = error instanceof Error && !(error instanceof ServiceError) && !error.name.startsWith('PrismaClient');
  return isOwn ? error.message : explain(error);
}

function isUsage(error: unknown): error is Error {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
