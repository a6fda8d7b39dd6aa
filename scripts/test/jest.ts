import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';
import { guard } from '../embedded/guard.ts';

export interface JestOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Its standard output and error: shown, or discarded. */
  readonly output: 'inherit' | 'ignore';
}

/** Runs Jest in a group of its own, which gets SIGTERM from here, so that its teardown runs once. @returns its exit code. */
export function runJest(args: readonly string[], { env, signal, output }: JestOptions): Promise<number | null> {
  const program = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', program, ...args];
  const child = spawn(process.execPath, options, {
    cwd: ROOT,
    env,
    stdio: ['ignore', output, output],
    detached: true,
  });
  const release = guard(child, { signal: 'SIGTERM', delaySeconds: 0 });
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', stop);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop);
      void release().then(() => resolve(code));
    });
  });
}
