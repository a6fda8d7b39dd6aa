import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';

/** How a process is ended if this one is killed. */
export interface OrphanEnd {
  signal: NodeJS.Signals;
  /** The processes that use it should have ended by then. */
  delaySeconds: number;
}

/** The children of this process, each the leader of a process group. */
const children = new Set<ChildProcess>();

/**
 * Remembers a child for `endAtOnce`, until it has ended.
 * @param orphan a SIGKILL leaves this process no time to stop anything: so a shell of a few hundred kB waits at a pipe that
 * closes with this process, and then stops the child. Undefined: the child soon ends by itself.
 * @returns a function that ends that shell, to be called when the child has ended
 */
export function guard(child: ChildProcess, orphan?: OrphanEnd): () => Promise<void> {
  if (child.pid === undefined) return () => Promise.resolve();
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (orphan === undefined) return () => Promise.resolve();
  const args = [String(child.pid), orphan.signal.replace('SIG', ''), String(orphan.delaySeconds)];
  const shell = spawn('/bin/sh', [join(ROOT, 'scripts', 'guard.sh'), ...args], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The child also works without a guard.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  return async () => {
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.stdin.end('released\n');
    await once(shell, 'exit');
  };
}

/** Kills all children of this process without waiting. */
export function endAtOnce(): void {
  for (const child of children) killGroup(child);
}

/** Kills a child with its process group. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
