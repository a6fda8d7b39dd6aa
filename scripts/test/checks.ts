/** The static checks: everything that is checked without running the service. */
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { runTool } from '../embedded/tool.ts';

interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: readonly string[]];
}

const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);

/** What other checks need: it runs alone, before them. */
const FIRST: Check = { name: 'the contract can be packed', command: [process.execPath, 'scripts/contract/pack.ts'] };

/** The one that takes longest first: {@link runChecks} runs two at a time. */
export const CHECKS: readonly Check[] = [
  FIRST,
  { name: 'lint (eslint)', command: [bin('eslint'), '.'] },
  { name: 'types (tsc)', command: [bin('tsc'), '--noEmit'] },
  { name: 'format (npm run format corrects it)', command: [bin('prettier'), '--check', '--log-level=warn', '.'] },
  { name: 'generated code is current', command: [process.execPath, 'scripts/generate.ts', '--check'] },
  { name: 'pages written from code are current', command: [process.execPath, 'scripts/docs.ts', '--check'] },
  { name: 'nothing is unused (knip)', command: [bin('knip'), '--no-progress'] },
  { name: 'import directions', command: [bin('depcruise'), 'src', 'generator', '--config', '.dependency-cruiser.cjs'] },
  { name: 'contract follows its releases', command: [process.execPath, 'scripts/contract/main.ts', 'check'] },
  { name: 'contract (spectral)', command: [bin('spectral'), 'lint', '--fail-severity=hint', 'asyncapi.yaml'] },
];

/** Each takes one core, and some 800 MB at most. */
const AT_ONCE = 2;

// A project's tool whose first line asks for "node" is to find the project's own.
export const TOOL_ENV = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` };

/** Runs all these checks, so that one run shows all faults, and prints how each ends. @returns the names of those that failed. */
export async function runChecks(checks: readonly Check[], signal: AbortSignal): Promise<string[]> {
  const waiting = [...checks];
  const failed: string[] = [];
  const work = async (count = checks.length) => {
    for (let done = 0; done < count && !signal.aborted; done += 1) {
      const next = waiting.shift();
      if (next === undefined) return;
      if (!(await passes(next, signal))) failed.push(next.name);
    }
  };
  if (waiting[0] === FIRST) await work(1);
  await Promise.all(Array.from({ length: AT_ONCE }, () => work()));
  return failed;
}

async function passes({ name, command: [program, ...args] }: Check, signal: AbortSignal): Promise<boolean> {
  const begun = Date.now();
  const work = runTool(program, args, { cwd: ROOT, env: TOOL_ENV, signal }).catch(() => undefined);
  const run = await withProgress(print, name, work);
  const passed = run?.code === 0;
  print(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  if (!passed && run) print(run.output.trimEnd());
  return passed;
}

function print(line: string): void {
  console.log(line);
}
