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
 * Clears what killed starts left and returns the file for this start's service. On embedded servers there is one
 * service; on given ones several may run side by side.
 */
export async function clearServices(alone: boolean, say: Say): Promise<string> {
  for (const name of readdirSync(EMBEDDED).filter((entry) => /^service-\d+\.pid\.json$/.test(entry))) {
    // It rejects where the start is alive.
    await clearLeftover(join(EMBEDDED, name), 'service', 'SIGTERM', say).catch(() => undefined);
  }
  if (!alone) return join(EMBEDDED, `service-${String(process.pid)}.pid.json`);
  const pidFile = join(EMBEDDED, 'service.pid.json');
  await clearLeftover(pidFile, 'service', 'SIGTERM', say);
  return pidFile;
}

/** Runs `src/launch.ts`, which prints where this process prints. */
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
