/** `npm test`: every static check, so that one run shows all their faults, then the tests. */
import { join } from 'node:path';
import { endSignal, options } from '../../src/operator/command-line.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { runTool } from '../embedded/tool.ts';
import { runJest } from './jest.ts';

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
const signal = endSignal();
const say = (line: string) => {
  console.log(line);
};

const jestArguments = readJestArguments();
const failed: string[] = [];
if (jestArguments.length === 0) for (const check of CHECKS) if (!(await passes(check))) failed.push(check.name);
if (!signal.aborted) {
  const projects = ['--selectProjects', 'unit', 'real parts'];
  const code = await runJest([...jestArguments, ...projects], { env, signal, output: 'inherit' });
  if (code !== 0) failed.push('tests');
}

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
  options('npm test', 'run.mjs has the help', known, true);
  const given = process.argv.slice(2);
  return given.filter((argument, index) => argument !== '--' || index !== given.indexOf('--'));
}

async function passes({ name, command }: (typeof CHECKS)[number]): Promise<boolean> {
  if (signal.aborted) return false;
  const begun = Date.now();
  const [program = '', ...args] = command;
  const work = runTool(program, args, { cwd: ROOT, env, signal }).catch(() => undefined);
  const run = await withProgress(say, name, work);
  const passed = run?.code === 0;
  say(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  if (!passed && run) say(run.output.trimEnd());
  return passed;
}
