import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED } from './folders.ts';
import { identify, stillRuns } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** The addresses of a running `npm start`, for other commands and for people. */
export interface RunningAddresses {
  brokers: string;
  databaseUrl: string;
  httpUrl: string;
}

const FILE = join(EMBEDDED, 'running.json');

/** Writes the file. Only its owner can read it: the URL has the database's password. */
export function writeRunning(running: RunningAddresses): void {
  mkdirSync(EMBEDDED, { recursive: true });
  const text = JSON.stringify({ ...running, startedBy: identify(process.pid) }, null, 2);
  writeFileSync(`${FILE}.unfinished`, `${text}\n`, { mode: 0o600 });
  renameSync(`${FILE}.unfinished`, FILE);
}

/** Returns undefined if no `npm start` runs: one that was killed leaves its file. */
export function readRunning(): RunningAddresses | undefined {
  if (!existsSync(FILE)) return undefined;
  const running = JSON.parse(readFileSync(FILE, 'utf8')) as RunningAddresses & { startedBy?: ProcessIdentity };
  return running.startedBy !== undefined && stillRuns(running.startedBy) ? running : undefined;
}

export function removeRunning(): void {
  rmSync(FILE, { force: true });
}
