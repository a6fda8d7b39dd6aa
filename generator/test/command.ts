import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main } from '../src/cli.ts';

/** The folder of the package. */
export const PACKAGE = resolve(import.meta.dirname, '..');
/** A document of another world. */
export const DOCUMENT = join(PACKAGE, 'test/other.asyncapi.yaml');

/** How a program ended, and what it printed. */
export interface ProgramRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with this Node, as a shell does: without npm. */
export function run(file: string, args: readonly string[], cwd = PACKAGE): Promise<ProgramRun> {
  const { npm_command: _, ...env } = process.env;
  return new Promise((done) => {
    execFile(process.execPath, [file, ...args], { cwd, env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

/** Runs the command of this package as a process. */
export function program(args: readonly string[], cwd?: string): Promise<ProgramRun> {
  return run(join(PACKAGE, 'bin/asyncapi-kafka.mjs'), args, cwd);
}

/** Runs the command of this package within this process, without npm: a process takes a second to start. */
export async function command(args: readonly string[], cwd = PACKAGE): Promise<ProgramRun> {
  const { stdout, stderr } = process;
  const [folder, npm] = [process.cwd(), process.env['npm_command']];
  const printed = { stdout: '', stderr: '' };
  const writers = { stdout: stdout.write, stderr: stderr.write };
  const listeners = stdout.listeners('error');
  const capture = (name: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    printed[name] += String(text);
    return true;
  };
  stdout.write = capture('stdout');
  stderr.write = capture('stderr');
  delete process.env['npm_command'];
  process.chdir(cwd);
  try {
    return { code: await main(args), ...printed };
  } finally {
    process.chdir(folder);
    if (npm !== undefined) process.env['npm_command'] = npm;
    stdout.write = writers.stdout;
    stderr.write = writers.stderr;
    for (const listener of stdout.listeners('error')) {
      if (!listeners.includes(listener)) stdout.off('error', listener as () => void);
    }
  }
}

/** Runs `asyncapi-kafka generate` within this process. */
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
