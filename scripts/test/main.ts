/** `npm test`: every static check, so that one run shows all their faults, then the tests. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { options } from '../cli.ts';
import { ROOT } from '../embedded/folders.ts';
import { guard } from '../embedded/guard.ts';
import { withProgress } from '../embedded/progress.ts';
import { runTool } from '../embedded/tool.ts';

const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);

const CHECKS: readonly { name: string; command: string[] }[] = [
  { name: 'contract (spectral)', command: [bin('spectral'), 'lint', '--fail-severity=hint', 'asyncapi.yaml'] },
  { name: 'generated code is current', command: [process.execPath, 'scripts/generate.ts', '--check'] },
  { name: 'format (npm run format mends it)', command: [bin('prettier'), '--check', '--log-level=warn', '.'] },
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'lint', command: [bin('eslint'), '.'] },
  { name: 'nothing is unused (knip)', command: [bin('knip'), '--no-progress'] },
  { name: 'pages written from code are current', command: [process.execPath, 'scripts/docs.ts', '--check'] },
  { name: 'import directions', command: [bin('depcruise'), 'src', '--config', '.dependency-cruiser.cjs'] },
];

// A project's tool whose first line asks for "node" is to find the project's own.
const env = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` };
const end = new AbortController();
const say = (line: string) => {
  console.log(line);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    end.abort(new Error(`ended by ${signal}`));
    process.exitCode = 128 + constants.signals[signal];
  });
}

const jestArguments = readJestArguments();
const failed: string[] = [];
if (jestArguments.length === 0) for (const check of CHECKS) if (!(await passes(check))) failed.push(check.name);
if (!end.signal.aborted && !(await jest())) failed.push('tests');

if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
process.exitCode ||= failed.length > 0 ? 1 : 0;

/** Jest itself lets many a misspelt option pass, and runs everything then. */
function readJestArguments(): string[] {
  const known = {
    testNamePattern: { type: 'string', short: 't' },
    verbose: { type: 'boolean' },
    bail: { type: 'boolean', short: 'b' },
    coverage: { type: 'boolean' },
  } as const;
  options('npm test', 'test.mjs has the help', known, true);
  const given = process.argv.slice(2);
  return given.filter((argument, index) => argument !== '--' || index !== given.indexOf('--'));
}

async function passes({ name, command }: (typeof CHECKS)[number]): Promise<boolean> {
  if (end.signal.aborted) return false;
  const begun = Date.now();
  const [program = '', ...args] = command;
  const work = runTool(program, args, { cwd: ROOT, env, signal: end.signal }).catch(() => undefined);
  const run = await withProgress(say, name, work);
  const passed = run?.code === 0;
  say(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  if (!passed && run) say(run.output.trimEnd());
  return passed;
}

/** Jest prints as it goes. It gets a group of its own and SIGTERM from here, so that its teardown runs once. */
function jest(): Promise<boolean> {
  const program = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', program, ...jestArguments];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const release = guard(child, { signal: 'SIGTERM', delaySeconds: 0 });
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  end.signal.addEventListener('abort', stop);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      end.signal.removeEventListener('abort', stop);
      void release().then(() => resolve(code === 0));
    });
  });
}
