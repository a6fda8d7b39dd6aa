import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';

/** How a process is ended when this one was killed. */
export interface OrphanEnd {
  signal: NodeJS.Signals;
  /** Who uses it should be gone by then. */
  delaySeconds: number;
}

/** What runs for this process, each the leader of a group of its own. */
const children = new Set<ChildProcess>();

/**
 * Remembers a child for `endAtOnce`, until it has ended.
 * @param orphan a SIGKILL leaves this process no time to stop anything: so a shell of a few hundred kB waits at a pipe
 * that closes with this process, and stops the child then. Undefined: the child soon ends by itself.
 * @returns ends that shell, to be called once the child is gone
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
  // Without a guard the child works all the same.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  return async () => {
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.stdin.end('released\n');
    await once(shell, 'exit');
  };
}

/** Kills whatever runs for this process, and waits for nothing. */
export function endAtOnce(): void {
  for (const child of children) killGroup(child);
}

/** Kills a child that leads a group, and what it started in it. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
