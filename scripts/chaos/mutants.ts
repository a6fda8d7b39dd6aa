/** `npm run chaos:mutants`: breaks the service on purpose, to see that the tests notice; see --help. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { endSignal, options, usageError } from '../../src/operator/command-line.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { temporaryFolder } from '../embedded/temporary.ts';
import { runJest } from '../test/jest.ts';
import { MUTATIONS } from './mutations.ts';
import type { Edit, Mutation } from './mutations.ts';

const NAME_WIDTH = Math.max(...MUTATIONS.map(({ name }) => name.length)) + 2;

const HELP = `Usage: npm run chaos:mutants -- [--only part]

Takes what keeps a promise away from a copy of the service, one thing at a time, and runs the tests of test/chaos that
must notice against that copy. First the same tests run against the service as it is, and must pass.

${MUTATIONS.map(({ name, file }) => `  ${name.padEnd(NAME_WIDTH)}${file}`).join('\n')}

  --only <part>   only those with this in their name
  --help          show this

Exit code: 0 when each was noticed, 1 when one was not or the service as it is failed, 2 for a usage error.`;

const COMMAND = 'npm run chaos:mutants';

/** What is copied: all that the service needs to run, but for what it has installed. */
const PARTS = ['src', 'generated', 'prisma', 'asyncapi.yaml', 'package.json'];

const { only } = options(COMMAND, HELP, { only: { type: 'string', default: '' } });
const wanted = MUTATIONS.filter(({ name }) => name.includes(only));
if (wanted.length === 0) usageError(COMMAND, `no mutation has '${only}' in its name`);
const signal = endSignal();
const folder = await temporaryFolder();
const say = (line: string) => {
  console.log(line);
};

try {
  const tests = new Map(wanted.map((mutation) => [titleOf(mutation), mutation]));
  let failures = 0;
  for (const [title, mutation] of tests) {
    const said = await run(mutation, ROOT);
    say(said === undefined ? `passes   as it is: ${title}` : `FAILS    as it is: ${title}\n${said}`);
    if (said !== undefined) failures += 1;
  }
  for (const [index, mutation] of wanted.entries()) {
    const said = await run(mutation, mutate(mutation, join(folder.path, String(index))));
    const found = said?.split('\n').find((line) => mutation.finding.test(line));
    const what = `${mutation.name}: ${titleOf(mutation)}`;
    say(
      found === undefined
        ? `MISSED   ${what}\n${said ?? 'every test passed'}`
        : `noticed  ${what}\n         ${found.trim().slice(0, 160)}`,
    );
    if (found === undefined) failures += 1;
  }
  process.exitCode ||= failures > 0 ? 1 : 0;
} catch (error) {
  if (!signal.aborted) throw error;
} finally {
  await folder.remove();
}

function titleOf({ file, test }: Mutation): string {
  return `${file}${test && `, "${test}"`}`;
}

/** A copy of the service with this in it broken. @returns its folder. */
function mutate({ name, edits }: Mutation, target: string): string {
  mkdirSync(target);
  for (const part of PARTS) cpSync(join(ROOT, part), join(target, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'));
  for (const edit of edits) apply(name, edit, join(target, edit.file));
  return target;
}

function apply(name: string, { file, from, to }: Edit, path: string): void {
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${name}: what it breaks does not stand in ${file} once, but ${String(parts.length - 1)} times:\n${from}`); // prettier-ignore
  writeFileSync(path, parts.join(to));
}

/** Runs the tests that must notice against the service in `root`. @returns what failed, undefined where nothing did. */
async function run({ name, file, test }: Mutation, root: string): Promise<string | undefined> {
  const report = join(folder.path, 'report.json');
  rmSync(report, { force: true });
  const args = [`test/chaos/${file}\\.`, ...(test ? ['-t', test] : []), '--json', `--outputFile=${report}`];
  const jest = runJest(args, { env: { ...process.env, SERVICE_ROOT: root }, signal, output: 'ignore' });
  await withProgress(say, name, jest);
  signal.throwIfAborted();
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  // A run that came to no test proves nothing.
  if (numPassedTests + numFailedTests === 0) throw new Error(`test/chaos/${file}: no test was run`);
  const messages = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap((one) => one.failureMessages),
  );
  return numFailedTests === 0 ? undefined : stripVTControlCharacters(messages.join('\n'));
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[];
  }[];
}
