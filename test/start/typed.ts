import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningAddresses } from '../../src/operator/running-file.ts';
import { processesOf, type RunningProcess } from './processes.ts';
import { foldersOf, type Checkout } from './stranger.ts';

/** The end of what `npm start` prints once it is ready. */
export const READY = /pet-service is ready[\s\S]*npm run demo/;
/** The longest time that a stop may take, as documented. */
export const STOP_LIMIT_MS = 10_000;
const WAIT_LIMIT_MS = 60_000;

/** A command that a test has started as a user would type it. */
export interface TypedCommand {
  readonly pid: number;
  /** Resolves with its exit code, or the name of the signal that ended it, once its whole output has been read. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Returns what has been read of its output so far: all of it is there only after `exited`, even if no process runs any more. */
  output(): string;
  /** Resolves with what `look` finds, as soon as it finds it; rejects if the command ends before. */
  until<T>(what: string, look: () => T | null | undefined | false): Promise<T>;
  /** Resolves as soon as the output matches. */
  untilPrinted(pattern: RegExp): Promise<unknown>;
  /** Resolves with a process of the checkout that has such a command line. */
  untilRuns(command: RegExp): Promise<RunningProcess>;
}

/** Runs a command in the checkout, in a process group of its own as a shell would. */
export function type(
  checkout: Checkout,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): TypedCommand {
  const { folder, user } = checkout;
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...checkout.env, ...env },
    uid: user.uid,
    gid: user.gid,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let ended: number | NodeJS.Signals | undefined;
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve((ended = code ?? signal!)));
  });
  const until: TypedCommand['until'] = async (what, look) => {
    for (const limit = Date.now() + WAIT_LIMIT_MS; ; await delay(25)) {
      const found = look();
      if (found) return found;
      const failure = ended === undefined ? Date.now() > limit && 'ran for too long' : `ended with ${String(ended)}`;
      if (failure) throw new Error(`${failure} before: ${what}\n${output}`);
    }
  };
  return {
    pid: child.pid!,
    exited,
    output: () => output,
    until,
    untilPrinted: (pattern) => until(String(pattern), () => pattern.test(output)),
    untilRuns: (pattern) => until(String(pattern), () => processes(checkout, pattern)[0]),
  };
}

/** Runs a script of package.json as npm does, but without the second that npm needs. */
export function runScript(
  checkout: Checkout,
  name: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): TypedCommand {
  const { folder, env: base } = checkout;
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const PATH = [join(folder, 'node_modules', '.bin'), base['PATH']].join(delimiter);
  return type(checkout, 'sh', ['-c', [scripts[name], ...args].join(' ')], { PATH, npm_lifecycle_event: name, ...env });
}

/** Returns the running processes of the checkout, whatever started them; with a pattern those with such a command line. */
export function processes(checkout: Checkout, pattern?: RegExp): RunningProcess[] {
  return processesOf(checkout.home, foldersOf(checkout), pattern);
}

/** Resolves when no process of the checkout runs any more; rejects with the running ones after `limitMs`. */
export async function untilNoProcess(
  checkout: Checkout,
  limitMs = STOP_LIMIT_MS,
  found: (remaining: readonly RunningProcess[]) => void = () => undefined,
): Promise<void> {
  for (const until = Date.now() + limitMs; ; await delay(100)) {
    const remaining = processes(checkout);
    if (remaining.length === 0) return;
    const names = remaining.map(({ pid, command }) => `${String(pid)} ${command}`).join('\n');
    if (Date.now() > until) throw new Error(`still running after ${String(limitMs)} ms:\n${names}`);
    found(remaining);
  }
}

/** Sends SIGKILL to all processes of the checkout until none is remaining: one list would miss those that start meanwhile. */
export async function killAll(checkout: Checkout): Promise<void> {
  await untilNoProcess(checkout, STOP_LIMIT_MS, (remaining) => {
    for (const { pid } of remaining) send(pid, 'SIGKILL');
  });
}

/** Sends a signal to a process, or to the group of a negative number. Does nothing if that has already ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Returns the content of the checkout's running.json, if that exists. */
export function running(checkout: Checkout): RunningAddresses | undefined {
  const file = join(checkout.folder, '.embedded', 'running.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunningAddresses) : undefined;
}
