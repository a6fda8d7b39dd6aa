import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from './embedded.ts';
import { identify, stillRuns, type ProcessIdentity } from '../../src/operator/process-identity.ts';

/** The content of a pid file: the server, and the process that started it and will stop it. */
interface PidFile {
  server: ProcessIdentity;
  starter: ProcessIdentity;
}

/** Writes the pid file of a new server, so that a start after a SIGKILL finds it. */
export function writePidFile(file: string, pid: number): void {
  const server = identify(pid);
  const starter = identify(process.pid);
  // The server has ended already: the wait for its readiness reports why.
  if (server === undefined || starter === undefined) return;
  writeFileSync(file, JSON.stringify({ server, starter } satisfies PidFile));
}

/**
 * Ends the server of a killed starter.
 * @throws if its starter still runs: then the data is in use, and two servers on the same files would destroy them.
 */
export async function clearLeftover(file: string, name: string, stopSignal: NodeJS.Signals, say: Say): Promise<void> {
  const left = readPidFile(file);
  if (left !== undefined && stillRuns(left.server)) {
    if (stillRuns(left.starter)) {
      throw new Error(
        `The ${name} of this folder is already running (process ${String(left.server.pid)}, started by ` +
          `process ${String(left.starter.pid)}). Stop that one first.`,
      );
    }
    say(`ending the ${name} that a killed start left behind (process ${String(left.server.pid)})`);
    await end(left.server, stopSignal);
  }
  rmSync(file, { force: true });
}

async function end(server: ProcessIdentity, stopSignal: NodeJS.Signals): Promise<void> {
  for (const [signal, limitMs] of [
    [stopSignal, 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    process.kill(server.pid, signal);
    for (const until = Date.now() + limitMs; Date.now() < until; await delay(50)) {
      if (!stillRuns(server)) return;
    }
  }
  throw new Error(`Process ${String(server.pid)} does not end, not even by SIGKILL.`);
}

function readPidFile(file: string): PidFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PidFile;
  } catch {
    // Missing, or incomplete after a power failure: it does not reliably name a process.
    return undefined;
  }
}
