import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from '../embedded/embedded.ts';
import { ROOT } from '../embedded/folders.ts';
import { writePidFile } from '../embedded/leftover.ts';
import type { Part } from './part.ts';

/** Less than the 10 s that a whole stop may take: broker and database follow. */
const STOP_LIMIT_MS = 6_000;

/**
 * Runs `src/main.ts` in a process group of its own, so that Ctrl-C does not reach it beside our own SIGTERM. It sees
 * by the channel's end that we are gone, and stops then.
 */
export async function startService(env: NodeJS.ProcessEnv, pidFile: string): Promise<Part['process']> {
  const child = spawn(process.execPath, [join(ROOT, 'src', 'main.ts')], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error];
    throw new Error(`The service could not be started: ${cause.message}`, { cause });
  }
  mkdirSync(dirname(pidFile), { recursive: true });
  writePidFile(pidFile, pid);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      rmSync(pidFile, { force: true });
      const how = signal === null ? `ended with exit code ${String(code)}` : `was killed by ${signal}`;
      resolve(`The service ${how}. What it said last is above.`);
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(kill);
  };
  return { pid, exited, stop, kill: (signal) => void child.kill(signal) };
}

/** How long what is missing may take before it is said, and how often it is looked for. */
const PATIENCE_MS = 5_000;
const POLL_MS = 200;

/**
 * Resolves when `/readyz` answers 200; says what is missing when that takes long, and again when it changes.
 * @param limitMs rejects after so long; undefined waits on, since an operator may be about to supply what is missing
 */
export async function untilReady(
  url: string,
  limitMs: number | undefined,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const begun = Date.now();
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const missing = await whatIsMissing(url);
    if (missing === undefined) return;
    const waited = Date.now() - begun;
    if (limitMs !== undefined && waited > limitMs) {
      throw new Error(`The service did not get ready within ${String(limitMs / 1000)} s. ${missing}`);
    }
    if (waited > PATIENCE_MS && missing !== said) say((said = missing));
    await delay(POLL_MS);
  }
}

async function whatIsMissing(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    if (response.status === 200) return undefined;
    const { parts = {} } = (await response.json()) as { parts?: Record<string, string> };
    const lacking = Object.entries(parts).filter(([, state]) => state !== 'ok');
    return ['not ready yet:', ...lacking.map(([part, state]) => `  ${part}: ${state}`)].join('\n');
  } catch {
    return `not ready yet: ${url}/readyz does not answer`;
  }
}
