import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED } from '../embedded/folders.ts';

/** Where the running parts are, for the demo and for people. */
export interface Running {
  brokers: string;
  databaseUrl: string;
  httpUrl: string;
}

const FILE = join(EMBEDDED, 'running.json');

/** Readable for its owner alone: the URL holds the database's password. */
export function writeRunning(running: Running): void {
  mkdirSync(EMBEDDED, { recursive: true });
  writeFileSync(`${FILE}.unfinished`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${FILE}.unfinished`, FILE);
}

export function removeRunning(): void {
  rmSync(FILE, { force: true });
}
