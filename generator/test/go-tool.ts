/** Runs the Go toolchain, where it is installed. */
import { execFile, spawnSync } from 'node:child_process';

export interface GoRun {
  readonly code: number;
  /** What it printed, on both streams. */
  readonly output: string;
}

/** The first version that takes generated modules. */
const MIN_MINOR_VERSION = 24;

/** Returns why tests of Go code cannot run here; undefined if they can. */
export function goMissing(): string | undefined {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }) as { readonly stdout: string | null };
  const minor = /^go1\.(\d+)/.exec(stdout ?? '')?.[1];
  if (minor === undefined) return 'Go is not installed';
  return Number(minor) < MIN_MINOR_VERSION ? `Go 1.${minor} is older than 1.${MIN_MINOR_VERSION}` : undefined;
}

/** Prints in capitals that tests are skipped: nobody should mistake them for tests that passed. */
export function warnOfSkippedTests(reason: string): void {
  console.warn(`SKIPPED: THE TESTS OF GO CODE DO NOT RUN, because ${reason}.`);
}

/** Runs `go`, `gofmt` or a program that it has built in a folder. Modules are not downloaded, unless the environment names a proxy. */
export function runGo(
  folder: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = { GOPROXY: 'off' },
): Promise<GoRun> {
  return new Promise((done) => {
    const options = {
      cwd: folder,
      env: { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', ...env },
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      done({ code, output: (stdout + stderr).trim() });
    });
  });
}
