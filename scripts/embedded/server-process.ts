import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { writePidFile } from './leftover.ts';

export interface ServerCommand {
  /** As the user reads it: "Kafka broker". */
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  logFile: string;
  pidFile: string;
  /** Whom it runs as; whoever starts it otherwise. */
  user?: { uid: number; gid: number } | undefined;
  env?: NodeJS.ProcessEnv;
  /** Tried in turn, each with its limit; SIGKILL follows when all were in vain. */
  stopBy: readonly { signal: NodeJS.Signals; limitMs: number }[];
  /** How long after its starter's death it is stopped: who uses it should be gone by then. */
  orphanDelaySeconds: number;
}

export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a server in a process group of its own: the terminal's Ctrl-C must not reach it before its users stopped. */
export async function launch(server: ServerCommand): Promise<ServerProcess> {
  const log = openSync(server.logFile, 'w');
  const child = spawn(server.command, server.args, {
    cwd: server.cwd,
    detached: true,
    stdio: ['ignore', log, log],
    ...server.user,
    ...(server.env && { env: server.env }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error];
    throw new Error(`The ${server.name} could not be started: ${cause.message}`, { cause });
  }
  writePidFile(server.pidFile, pid);
  const guard = guardAgainstOrphaning(pid, server);

  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      const how = signal === null ? `ended with exit code ${String(code)}` : `was killed by ${signal}`;
      rmSync(server.pidFile, { force: true });
      void release(guard).then(() => resolve(`The ${server.name} ${how}. ${lastLines(server.logFile)}`));
    });
  });

  let stopping: Promise<void> | undefined;
  return {
    pid,
    exited,
    kill: (signal) => void child.kill(signal),
    stop: () => (stopping ??= stopChild(child, exited, server)),
  };
}

async function stopChild(child: ChildProcess, exited: Promise<string>, server: ServerCommand): Promise<void> {
  for (const { signal, limitMs } of server.stopBy) {
    child.kill(signal);
    if (await within(limitMs, exited)) return;
  }
  child.kill('SIGKILL');
  await exited;
}

async function within(limitMs: number, done: Promise<unknown>): Promise<boolean> {
  const cancel = new AbortController();
  const late = delay(limitMs, false, { signal: cancel.signal }).catch(() => false);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    cancel.abort();
  }
}

/**
 * A starter that is killed by SIGKILL cannot stop its servers. So a shell of a few hundred kB waits at a pipe that
 * closes with the starter, however it ends, and stops the server then.
 */
function guardAgainstOrphaning(pid: number, server: ServerCommand): ChildProcess {
  const script =
    'read -r word && exit 0; sleep "$3"; kill -s "$2" "$1" 2>/dev/null || exit 0; n=0; ' +
    'while kill -0 "$1" 2>/dev/null; do [ $n -lt 50 ] || { kill -s KILL "$1"; exit 0; }; n=$((n+1)); sleep 0.1; done';
  const signal = server.stopBy[0]?.signal.replace('SIG', '') ?? 'TERM';
  const args = ['-c', script, 'guard', String(pid), signal, String(server.orphanDelaySeconds)];
  const guard = spawn('/bin/sh', args, {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...server.user,
  });
  // Without a guard the server works all the same, and the pid file clears it at the next start.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  return guard;
}

async function release(guard: ChildProcess): Promise<void> {
  if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
  const ended = once(guard, 'exit');
  guard.stdin?.end('released\n');
  await ended;
}

/** The end of a log, for the message about a server that died. */
export function lastLines(logFile: string, count = 8): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n').trim();
  return lines === ''
    ? `Its log ${logFile} is empty.`
    : `The end of its log ${logFile}:\n${lines.replace(/^/gm, '  ')}`;
}
