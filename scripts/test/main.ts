/** `npm test`: every static check (npm run check), then the tests. */
import { endSignal, options } from '../../src/operator/command-line.ts';
import { CHECKS, runChecks, TOOL_ENV } from './checks.ts';
import { runJest } from './jest.ts';

const signal = endSignal();
const jestArguments = readJestArguments();
const failed = jestArguments.length === 0 ? await runChecks(CHECKS, signal) : [];
if (!signal.aborted) {
  const projects = ['--selectProjects', 'unit', 'real parts'];
  const code = await runJest([...jestArguments, ...projects], { env: TOOL_ENV, signal, output: 'inherit' });
  if (code !== 0) failed.push('tests');
}

if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
process.exitCode ||= failed.length > 0 ? 1 : 0;

/** Jest itself ignores many misspelt options, and runs everything then. */
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
