/** `npm run test:mutants`: breaks the service on purpose, to see that the tests notice; see --help. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { endSignal, options, usageError } from '../../src/operator/command-line.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { temporaryFolder } from '../embedded/temporary.ts';
import { runJest } from '../test/jest.ts';
import { MUTANTS, mutantsOfStatements } from './mutants.ts';
import type { Mutant } from './mutants.ts';
import { parseService, ServiceSource } from './service-source.ts';

const SOURCE = parseService(ROOT);
const OF_STATEMENTS = mutantsOfStatements(new ServiceSource(SOURCE));
const NAME_WIDTH = Math.max(...[...MUTANTS, ...OF_STATEMENTS].map(({ name }) => name.length)) + 2;

const HELP = `Usage: npm run test:mutants -- [options]

Makes copies of the service, takes one thing that keeps a promise away from each, and runs the tests of test/chaos that
must notice against that copy. Reports for each mutant which test has killed it. Runs the same tests first against the
service as it is: they must pass.

${MUTANTS.map(lineOf).join('\n')}

--statements takes one mutant for each SQL statement that locks rows or compares tenants instead. One that survives may
be equivalent to the service, for example where ids are unique over all tenants: judge each.

${OF_STATEMENTS.map(lineOf).join('\n')}

  --statements    the mutants of statements
  --only <part>   only mutants with this in their name
  --skip-service  do not run the tests against the service as it is
  --help          show this

Exit code: 0 when every mutant was killed, 1 when one survived or the service as it is failed, 2 for a usage error.`;

const COMMAND = 'npm run test:mutants';

/** What the service needs to run, except what is installed. */
const COPIED = ['src', 'generated', 'prisma', 'asyncapi.yaml', 'package.json'];

const {
  only,
  statements,
  'skip-service': skipService,
} = options(COMMAND, HELP, {
  only: { type: 'string', default: '' },
  statements: { type: 'boolean', default: false },
  'skip-service': { type: 'boolean', default: false },
});
const wanted = (statements ? OF_STATEMENTS : MUTANTS).filter(({ name }) => name.includes(only));
if (wanted.length === 0) usageError(COMMAND, `no mutant has '${only}' in its name`);
const signal = endSignal();
const folder = await temporaryFolder();
const report = (line: string) => {
  console.log(line);
};

interface Failure {
  /** The test's full name. */
  readonly test: string;
  readonly message: string;
}

try {
  let failures = 0;
  const runs = new Map(
    wanted.flatMap(({ files, test }) => files.map((file) => [`${file}, "${test}"`, { file, test }] as const)),
  );
  for (const [title, { file, test }] of skipService ? [] : runs) {
    const failed = await run('the service as it is', file, test, ROOT);
    report(failed.length === 0 ? `passes    ${title}` : `FAILS     ${title}\n${failed.map(linesOf).join('\n')}`);
    if (failed.length > 0) failures += 1;
  }
  for (const [index, mutant] of wanted.entries()) {
    const killer = await findKiller(mutant, createCopy(mutant, join(folder.path, String(index))));
    if (killer === undefined) failures += 1;
    report(`${killer === undefined ? 'SURVIVED ' : 'killed   '} ${mutant.name}${killer === undefined ? '' : `\n${linesOf(killer)}`}`); // prettier-ignore
  }
  process.exitCode ||= failures > 0 ? 1 : 0;
} catch (error) {
  if (!signal.aborted) throw error;
} finally {
  await folder.remove();
}

function lineOf({ name, files }: Mutant): string {
  return `  ${name.padEnd(NAME_WIDTH)}${files.join(', ')}`;
}

function linesOf({ test, message }: Failure): string {
  return `          by ${test}\n             ${message.trim().slice(0, 160)}`;
}

/** Writes the mutant into a folder. @returns the folder. */
function createCopy({ change }: Mutant, target: string): string {
  mkdirSync(target);
  for (const path of COPIED) cpSync(join(ROOT, path), join(target, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'));
  const service = new ServiceSource(SOURCE);
  change(service);
  for (const [path, text] of service.changed()) writeFileSync(join(target, path), text);
  return target;
}

/** Runs the mutant's test files until one fails with what it must find. @returns that failure, reduced to this line. */
async function findKiller({ name, files, test, finding }: Mutant, root: string): Promise<Failure | undefined> {
  for (const file of files) {
    for (const failure of await run(name, file, test, root)) {
      const message = failure.message.split('\n').find((line) => finding.test(line));
      if (message !== undefined) return { ...failure, message };
      report(`          another failure of ${failure.test}: ${failure.message.slice(0, 160)}`);
    }
  }
  return undefined;
}

/** Runs tests against the service in `root`. @returns those that failed. */
async function run(what: string, file: string, test: string, root: string): Promise<Failure[]> {
  const path = join(folder.path, 'report.json');
  rmSync(path, { force: true });
  const args = [`test/chaos/${file}\\.`, ...(test ? ['-t', test] : []), '--json', `--outputFile=${path}`];
  const jest = runJest(args, {
    env: { ...process.env, SERVICE_ROOT: root, CHAOS_FORM: 'long' },
    signal,
    output: 'ignore',
  });
  await withProgress(report, `${what}: ${file}`, jest);
  signal.throwIfAborted();
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  // A run that came to no test proves nothing.
  if (numPassedTests + numFailedTests === 0) throw new Error(`test/chaos/${file}: no test was run`);
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      test: `${file}: ${fullName}`,
      message: stripVTControlCharacters(failureMessages.join('\n')),
    }));
}

/** What is used of Jest's report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}
