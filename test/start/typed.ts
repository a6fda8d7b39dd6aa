import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningAddresses } from '../../src/operator/running-file.ts';
import { processesOf, type RunningProcess } from './processes.ts';
import { foldersOf, type Checkout } from './stranger.ts';

/** What `npm start` prints when all is well. */
export const READY = /pet-service is ready[\s\S]*npm run demo/;
/** What a stop may take, by promise. */
export const STOP_LIMIT_MS = 10_000;
const WAIT_LIMIT_MS = 60_000;

/** A command that was typed. */
export interface Typed {
  readonly pid: number;
  /** Resolves with its exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** What it has printed so far. */
  output(): string;
  /** Resolves with what `look` found, as soon as it finds it; rejects when the command ends before. */
  until<T>(what: string, look: () => T | null | undefined | false): Promise<T>;
  /** Resolves as soon as this was printed. */
  untilPrinted(pattern: RegExp): Promise<unknown>;
  /** Resolves with a process of the checkout that has such a command line. */
  untilRuns(command: RegExp): Promise<RunningProcess>;
}

/** Types a command in the checkout, in a process group of its own as a shell would. */
export function type(checkout: Checkout, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Typed {
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
  const until: Typed['until'] = async (what, look) => {
    for (const limit = Date.now() + WAIT_LIMIT_MS; ; await delay(25)) {
      const found = look();
      if (found) return found;
      const given = ended === undefined ? Date.now() > limit && 'went on for too long' : `ended with ${String(ended)}`;
      if (given) throw new Error(`${given} before there was ${what}:\n${output}`);
    }
  };
  return {
    pid: child.pid!,
    exited,
    output: () => output,
    until,
    untilPrinted: (pattern) => until(String(pattern), () => pattern.test(output)),
    untilRuns: (pattern) =>
      until(String(pattern), () => processes(checkout).find(({ command }) => pattern.test(command))),
  };
}

/** What runs of the checkout right now, whoever started it. */
export function processes(checkout: Checkout): RunningProcess[] {
  return processesOf(checkout.home, foldersOf(checkout));
}

/** Resolves when nothing of the checkout runs any more; rejects, naming what does, after so long. */
export async function untilGone(
  checkout: Checkout,
  limitMs = STOP_LIMIT_MS,
  found: (left: readonly RunningProcess[]) => void = () => undefined,
): Promise<void> {
  for (const until = Date.now() + limitMs; ; await delay(50)) {
    const left = processes(checkout);
    if (left.length === 0) return;
    const names = left.map(({ pid, command }) => `${String(pid)} ${command}`).join('\n');
    if (Date.now() > until) throw new Error(`still there after ${String(limitMs)} ms:\n${names}`);
    found(left);
  }
}

/** Sends SIGKILL to everything of the checkout until nothing is left: a list of processes misses what starts meanwhile. */
export async function killAll(checkout: Checkout): Promise<void> {
  await untilGone(checkout, STOP_LIMIT_MS, (left) => {
    for (const { pid } of left) send(pid, 'SIGKILL');
  });
}

/** To a process, or with a negative number to a group; one that is gone already is left alone. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What the checkout's running.json says, if it is there. */
export function running(checkout: Checkout): RunningAddresses | undefined {
  const file = join(checkout.folder, '.embedded', 'running.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunningAddresses) : undefined;
}
