/** `npm run chaos:mutants`: breaks the service on purpose, to see that the tests notice; see --help. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endSignal, options, usageError } from '../cli.ts';
import { ROOT } from '../embedded/folders.ts';
import { withProgress } from '../embedded/progress.ts';
import { temporaryFolder } from '../embedded/temporary.ts';
import { runJest } from '../test/jest.ts';
import { MUTATIONS } from './mutations.ts';
import type { Edit, Mutation } from './mutations.ts';

const HELP = `Usage: npm run chaos:mutants -- [--only part]

Takes what keeps a promise away from a copy of the service, one thing at a time, and runs the tests of test/chaos that
must notice against that copy. First the same tests run against the service as it is, and must pass.

${MUTATIONS.map(({ name, file }) => `  ${name.padEnd(34)}${file}`).join('\n')}

  --only <part>   only those with this in their name
  --help          show this

Exit code: 0 when each was noticed, 1 when one was not or the service as it is failed, 2 for a usage error.`;

const COMMAND = 'npm run chaos:mutants';

/** What is copied: all that the service needs to run, but for what it has installed. */
const PARTS = ['src', 'generated', 'prisma', 'package.json'];

const { only } = options(COMMAND, HELP, { only: { type: 'string', default: '' } });
const wanted = MUTATIONS.filter(({ name }) => name.includes(only));
if (wanted.length === 0) usageError(COMMAND, `no mutation has '${only}' in its name`);
const signal = endSignal();
const folder = await temporaryFolder();
const say = (line: string) => {
  console.log(line);
};

interface Verdict {
  readonly passed: boolean;
  /** The first thing that a test said. */
  readonly why: string;
}

try {
  const tests = new Map(wanted.map((mutation) => [`${mutation.file} ${mutation.test}`, mutation]));
  let failures = 0;
  for (const mutation of tests.values()) {
    const { passed, why } = await judge(mutation, ROOT);
    say(`${passed ? 'passes  ' : 'FAILS   '} as it is: ${titleOf(mutation)}${passed ? '' : `\n         ${why}`}`);
    if (!passed) failures += 1;
  }
  for (const [index, mutation] of wanted.entries()) {
    if (signal.aborted) break;
    const { passed, why } = await judge(mutation, mutate(mutation, join(folder.path, String(index))));
    say(
      `${passed ? 'MISSED  ' : 'noticed '} ${mutation.name}: ${titleOf(mutation)}${passed ? '' : `\n         ${why}`}`,
    );
    if (passed) failures += 1;
  }
  process.exitCode ||= failures > 0 ? 1 : 0;
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

/** Runs the tests that must notice against the service in `root`. */
async function judge({ name, file, test }: Mutation, root: string): Promise<Verdict> {
  const report = join(folder.path, 'report.json');
  rmSync(report, { force: true });
  const args = [`test/chaos/${file}\\.`, ...(test ? ['-t', test] : []), '--json', `--outputFile=${report}`];
  const run = runJest(args, { env: { ...process.env, SERVICE_ROOT: root }, signal, output: 'ignore' });
  const code = await withProgress(say, name, run);
  signal.throwIfAborted();
  const result = JSON.parse(readFileSync(report, 'utf8')) as Report;
  // A run that came to no test proves nothing.
  if (result.numPassedTests + result.numFailedTests === 0) throw new Error(`test/chaos/${file}: no test was run`);
  return { passed: code === 0, why: firstFault(result) };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[];
  }[];
}

/** The first line of what the ledger found, else of the failure itself. */
function firstFault({ testResults }: Report): string {
  const [message = ''] = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap((one) => one.failureMessages),
  );
  const lines = message.replaceAll(/\u001b\[\d*m/g, '').split('\n');
  const found = lines.find((line) => /^\+ +"(?!\w+": )/.test(line)) ?? lines[0] ?? '';
  return found.replace(/^\+ +/, '').slice(0, 200);
}
