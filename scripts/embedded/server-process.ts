import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { guard } from './guard.ts';
import { writePidFile } from './leftover.ts';

export interface ServerCommand {
  /** For messages: "Kafka broker". */
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  /** Gets its output; without it the output is that of this process. */
  logFile?: string;
  pidFile: string;
  /** Its user; without it the current user. */
  user?: { uid: number; gid: number } | undefined;
  env?: NodeJS.ProcessEnv;
  /** Signals that are sent one after the other, each with its time limit; SIGKILL follows. */
  stopBy: readonly { signal: NodeJS.Signals; limitMs: number }[];
  /** It is stopped so long after its starter was killed: the processes that use it should have ended by then. */
  orphanDelaySeconds: number;
}

export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a server in its own process group: Ctrl-C of the terminal must not stop it before the processes that use it. */
export async function launch(server: ServerCommand): Promise<ServerProcess> {
  const { logFile } = server;
  const output = logFile === undefined ? 'inherit' : openSync(logFile, 'w');
  const child = spawn(server.command, server.args, {
    cwd: server.cwd,
    detached: true,
    stdio: ['ignore', output, output],
    ...server.user,
    ...(server.env && { env: server.env }),
  });
  if (output !== 'inherit') closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error];
    throw new Error(`The ${server.name} could not be started: ${cause.message}`, { cause });
  }
  writePidFile(server.pidFile, pid);
  const orphanSignal = server.stopBy[0]?.signal ?? 'SIGTERM';
  const release = guard(child, { signal: orphanSignal, delaySeconds: server.orphanDelaySeconds });

  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, killedBy) => {
      const how = killedBy === null ? `ended with exit code ${String(code)}` : `was killed by ${killedBy}`;
      const logText = logFile === undefined ? 'Its last output is above.' : lastLines(logFile);
      rmSync(server.pidFile, { force: true });
      void release().then(() => resolve(`The ${server.name} ${how}. ${logText}`));
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

/** Returns the end of a log, for the message about a server that has ended. */
export function lastLines(logFile: string, count = 8): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n').trim();
  return lines === ''
    ? `Its log ${logFile} is empty.`
    : `The end of its log ${logFile}:\n${lines.replace(/^/gm, '  ')}`;
}
