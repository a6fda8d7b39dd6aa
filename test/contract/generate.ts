import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** The end of a process. */
export interface ScriptRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of the project with this Node, as its npm command does. */
export function run(script: string, ...args: readonly string[]): Promise<ScriptRun> {
  return new Promise((done) => {
    execFile(process.execPath, [resolve(root, script), ...args], { cwd: root }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

export const generate = (...args: readonly string[]): Promise<ScriptRun> => run('scripts/generate.ts', ...args);

/** Calls `use` with a folder, and deletes it afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-test-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
