import { spawn } from 'node:child_process';

export interface ToolRun {
  code: number;
  /** What it printed, both streams as they came. */
  output: string;
}

/** Runs a program to its end. Undefined when there is no such program; rejects when `signal` gave it up. */
export function runTool(
  command: string,
  args: readonly string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    user?: { uid: number; gid: number } | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<ToolRun | undefined> {
  const { user, signal, ...rest } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // A group of its own, so that giving up reaches what it started too, and Ctrl-C reaches only us.
    const child = spawn(command, args, { ...rest, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const giveUp = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', giveUp);
      if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.once('close', (code, killedBy) => {
      signal?.removeEventListener('abort', giveUp);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ code: code ?? 1, output: killedBy === null ? output : `${output}\nkilled by ${killedBy}` });
    });
  });
}
