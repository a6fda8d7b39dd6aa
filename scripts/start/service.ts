import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from '../embedded/embedded.ts';
import { EMBEDDED, ROOT } from '../../src/operator/folders.ts';
import { clearLeftover } from '../embedded/leftover.ts';
import { launch, type ServerProcess } from '../embedded/server-process.ts';

/** Less than the 10 s that a whole stop may take: broker and database follow. */
const STOP_LIMIT_MS = 6_000;

/**
 * Stops services that killed starts left, and returns the pid file for this start's service. On embedded servers one service
 * runs; on others several may run at once.
 */
export async function clearServices(alone: boolean, say: Say): Promise<string> {
  for (const name of readdirSync(EMBEDDED).filter((entry) => /^service-\d+\.pid\.json$/.test(entry))) {
    // It rejects if the start is still running.
    await clearLeftover(join(EMBEDDED, name), 'service', 'SIGTERM', say).catch(() => undefined);
  }
  if (!alone) return join(EMBEDDED, `service-${String(process.pid)}.pid.json`);
  const pidFile = join(EMBEDDED, 'service.pid.json');
  await clearLeftover(pidFile, 'service', 'SIGTERM', say);
  return pidFile;
}

/** Runs `src/launch.ts` with the output of this process. */
export function startService(env: NodeJS.ProcessEnv, pidFile: string): Promise<ServerProcess> {
  return launch({
    name: 'service',
    command: process.execPath,
    args: [join(ROOT, 'src', 'launch.ts')],
    cwd: ROOT,
    env,
    pidFile,
    stopBy: [{ signal: 'SIGTERM', limitMs: STOP_LIMIT_MS + Number(env['SHUTDOWN_DELAY_MS'] ?? 0) }],
    orphanDelaySeconds: 0,
  });
}

/** What is missing is printed after so long. */
const PRINT_AFTER_MS = 5_000;
const POLL_INTERVAL_MS = 200;

/**
 * Resolves when `/readyz` answers 200. Prints what is missing if that takes long, and again when it changes.
 * @param limitMs rejects after so long; undefined waits without limit, since an operator may be about to supply what is missing
 */
export async function untilReady(
  url: string,
  limitMs: number | undefined,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const begun = Date.now();
  let printed = '';
  for (;;) {
    signal.throwIfAborted();
    const missing = await whatIsMissing(url);
    if (missing === undefined) return;
    const waited = Date.now() - begun;
    if (limitMs !== undefined && waited > limitMs) {
      throw new Error(`The service did not get ready within ${String(limitMs / 1000)} s. ${missing}`);
    }
    if (waited > PRINT_AFTER_MS && missing !== printed) say((printed = missing));
    await delay(POLL_INTERVAL_MS);
  }
}

async function whatIsMissing(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    if (response.status === 200) return undefined;
    const { parts: components = {} } = (await response.json()) as { parts?: Record<string, string> };
    const notReady = Object.entries(components).filter(([, state]) => state !== 'ok');
    return ['not ready yet:', ...notReady.map(([name, state]) => `  ${name}: ${state}`)].join('\n');
  } catch {
    return `not ready yet: ${url}/readyz does not answer`;
  }
}
