import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of the package. */
export const PACKAGE = resolve(import.meta.dirname, '..');
/** A document of another world. */
export const DOCUMENT = join(PACKAGE, 'test/other.asyncapi.yaml');

/** The end of a process. */
export interface ProgramRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with this Node, as a shell does: without npm. */
export function run(program: string, args: readonly string[], cwd = PACKAGE): Promise<ProgramRun> {
  const { npm_command: _, ...env } = process.env;
  return new Promise((done) => {
    execFile(process.execPath, [program, ...args], { cwd, env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

/** Runs the command of this package. */
export function command(args: readonly string[], cwd?: string): Promise<ProgramRun> {
  return run(join(PACKAGE, 'bin/asyncapi-kafka.mjs'), args, cwd);
}

/** Runs `asyncapi-kafka generate`. */
export const generate = (...args: readonly string[]): Promise<ProgramRun> => command(['generate', ...args]);

/** Calls `use` with a folder, and deletes it afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-test-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
