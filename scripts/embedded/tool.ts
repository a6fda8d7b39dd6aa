import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';
import { guard, killGroup } from './guard.ts';

export interface ToolRun {
  code: number;
  /** Its output, of both streams in the order of arrival. */
  output: string;
}

/**
 * Runs a program to its end. Returns undefined if there is no such program; rejects if `signal` aborts it. With a signal it also ends
 * if this process is killed.
 */
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
    // In its own group, so that an abort reaches its children too, and Ctrl-C only this process.
    const child = spawn(command, args, { ...rest, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const release = guard(child, signal && { signal: 'SIGKILL', delaySeconds: 0 });
    const giveUp = () => {
      killGroup(child);
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
      void release().then(() => {
        if (signal?.aborted) reject(signal.reason as Error);
        else resolve({ code: code ?? 1, output: killedBy === null ? output : `${output}\nkilled by ${killedBy}` });
      });
    });
  });
}

/** Runs a program of node_modules with the output of this process, and returns its exit code. */
export async function showTool(name: string, args: readonly string[]): Promise<number | null> {
  const bin = join(ROOT, 'node_modules', '.bin');
  // Its first line names "node": that must be the project's own.
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const child = spawn(join(bin, name), args, { cwd: ROOT, env, stdio: 'inherit' });
  await once(child, 'exit');
  return child.exitCode;
}
