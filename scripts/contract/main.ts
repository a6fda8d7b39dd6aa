/** `npm run contract -- diff`: compares the contract with an older version of it. See --help. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DiffError, diff, fileSource } from '../../generator/src/diff/command.ts';
import type { Source } from '../../generator/src/diff/command.ts';
import { commandLine, runCommand, usageError } from '../../src/operator/command-line.ts';

const COMMAND = 'npm run contract';
const DOCUMENT = 'asyncapi.yaml';

const HELP = `Usage: ${COMMAND} -- diff [new] --against <file or revision> [options]

Compares the contract with an older version of it: does the new service accept all that clients of the old version send, and do
they accept all that it sends? A change that breaks them is shown with a record that proves it. docs/contract-gate.md has the rules.

  new                  the new version (default: ${DOCUMENT})
  --against <what>     the older version: a file, or a revision of git, whose ${DOCUMENT} is read
  --json               prints the result as JSON
  --markdown           prints a table for a pull request
  --github             prints annotations for a workflow of GitHub
  --waivers <file>     findings that are agreed to: a list of { rule, pointer, reason, expires }
  --strict             counts readers that accept neither new fields nor new messages
  --seed <number>      of the random records (default: 1)
  --help               show this

Example: ${COMMAND} -- diff --against main

Exit code: 0 when the change is allowed; 1 when it is breaking or needs a look and info.version does not follow as a major version,
when info.version does not follow the changes otherwise, or when a waiver is expired or unused; 2 for a usage error, or a document
that cannot be read.`;

const FORMS = ['json', 'markdown', 'github'] as const;

await runCommand(COMMAND, async () => {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  const { values, positionals } = commandLine(COMMAND, HELP, { against: text, json: flag, markdown: flag, github: flag, waivers: text, strict: flag, seed: text }); // prettier-ignore
  const [action, document = DOCUMENT, ...others] = positionals;
  if (action !== 'diff')
    usageError(COMMAND, action === undefined ? 'Name an action: diff' : `Unknown action '${action}'`);
  if (others.length > 0) usageError(COMMAND, `Name one document only, without ${others.join(' ')}`);
  const { against, waivers, seed = '1' } = values;
  if (against === undefined || against === '')
    usageError(COMMAND, 'Name the older version: --against <file or revision>');
  const forms = FORMS.filter((form) => values[form] === true);
  if (forms.length > 1)
    usageError(COMMAND, `Name one form of output only, not ${forms.map((form) => `--${form}`).join(' and ')}`);
  if (!/^\d{1,9}$/.test(seed)) usageError(COMMAND, `--seed is a number, not '${seed}'`);
  try {
    const [before, after] = [await sourceOf(against), await fileSource(document)];
    const { result, output } = await diff({ before, after, form: forms[0] ?? 'text', seed: Number(seed), isStrict: values.strict === true, waivers }); // prettier-ignore
    console.log(output);
    return result.isAllowed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DiffError)) throw error;
    console.error(`${COMMAND}: ${error.message}`);
    return 2;
  }
});

/** Returns a document from a file, else from a revision. @throws {DiffError} */
async function sourceOf(against: string): Promise<Source> {
  if (existsSync(against)) return fileSource(against);
  const readFile = (path: string) => execFileSync('git', ['show', `${against}:${path}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 }); // prettier-ignore
  let text: string;
  try {
    text = readFile(DOCUMENT);
  } catch {
    throw new DiffError(`${against} is neither a file nor a revision of git that has ${DOCUMENT}`);
  }
  return { name: `${against}:${DOCUMENT}`, text, readFile };
}
