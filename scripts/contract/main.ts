/** `npm run contract`: compares the contract with older versions of it, and releases it. See --help. */
import { DiffError } from '../../generator/src/diff/command.ts';
import { explained, unknownRule } from '../../generator/src/diff/rules/explain.ts';
import { isDate } from '../../generator/src/diff/waivers.ts';
import { commandLine, requireTaken, runCommand, usageError } from '../../src/operator/command-line.ts';
import { check } from './check.ts';
import { diff } from './diff.ts';
import { release } from './release.ts';
import { CONSUMERS, DOCUMENT, RELEASED, WAIVERS } from './releases.ts';

const COMMAND = 'npm run contract';

const HELP = `Usage: ${COMMAND} -- diff [new] --against <file or revision> [options]
       ${COMMAND} -- diff --explain <rule>
       ${COMMAND} -- check [--github]
       ${COMMAND} -- release [--date <date>] [--dry-run]

diff compares the contract with an older version of it: does the new service accept all that clients of the old version send, and do
they accept all that it sends? A change that breaks them is shown with a record that proves it. docs/contract-gate.md has the rules.

  new                  the new version (default: ${DOCUMENT})
  --against <what>     the older version: a file, or a revision of git, whose ${DOCUMENT} is read
  --json               prints the result as JSON
  --markdown           prints a table for a pull request
  --github             prints annotations for a workflow of GitHub
  --consumers <dir>    declarations of teams: findings name those that break, and their fields (default: ${CONSUMERS},
                       if that folder exists)
  --waivers <file>     findings that are agreed to: a list of { rule, pointer, reason, expires }. Each must be needed. By default
                       those of ${WAIVERS}, if that file exists; not all of them must be needed then
  --strict             counts readers that accept neither new fields nor new messages
  --seed <number>      of the random records (default: 1)
  --explain <rule>     prints what a rule of the findings means, and what to do instead; compares nothing

check compares ${DOCUMENT} with the newest version in ${RELEASED}/, and with all of the same major version.

  --github             prints annotations for a workflow of GitHub

release does the same as check. If the change is allowed, it copies ${DOCUMENT} to ${RELEASED}/<version>.yaml and writes an entry
of contract/CHANGELOG.md.

  --date <date>        the date of the release, such as 2026-12-31 (default: today)
  --dry-run            writes nothing and prints the entry

  --help               show this

Examples: ${COMMAND} -- diff --against main
          ${COMMAND} -- release --dry-run

Exit code: 0 when the change is allowed, or the contract is released; 1 when info.version does not follow the change: a breaking
change, or one that needs a look, needs a major version (below 1.0.0 a minor one), an addition a minor version (below 1.0.0 a patch),
any other change a patch; also 1 when info.version is missing or no semantic version, when a waiver is expired, unused or
ambiguous, when a file in ${RELEASED}/ is not the version of its name, or when the contract cannot be released; 2 for a usage error,
or when a document, a declaration or a waiver cannot be read.`;

const FORMS = ['json', 'markdown', 'github'] as const;

const flag = { type: 'boolean' } as const;
const text = { type: 'string' } as const;

await runCommand(COMMAND, async () => {
  const { values, positionals } = commandLine(COMMAND, HELP, { against: text, json: flag, markdown: flag, github: flag, consumers: text, waivers: text, strict: flag, seed: text, explain: text, date: text, 'dry-run': flag }); // prettier-ignore
  const [action, ...words] = positionals;
  if (action === undefined) usageError(COMMAND, 'Name an action: diff, check or release');
  const takes = (options: readonly string[], others = words) => requireTaken(COMMAND, action, { values, words: others }, options); // prettier-ignore
  try {
    switch (action) {
      case 'diff': {
        const { explain } = values;
        if (explain !== undefined) {
          takes(['explain']);
          console.log(explained(explain) ?? usageError(COMMAND, unknownRule(explain)));
          return 0;
        }
        const [document, ...others] = words;
        takes(['against', ...FORMS, 'consumers', 'waivers', 'strict', 'seed'], others);
        const { against, consumers, waivers, seed = '1' } = values;
        if (against === undefined || against === '')
          usageError(COMMAND, 'Name the older version: --against <file or revision>');
        const forms = FORMS.filter((form) => values[form] === true);
        if (forms.length > 1)
          usageError(COMMAND, `Name one form of output only, not ${forms.map((form) => `--${form}`).join(' and ')}`);
        if (!/^\d{1,9}$/.test(seed)) usageError(COMMAND, `--seed is a number, not '${seed}'`);
        const isStrict = values.strict === true;
        return await diff({ document, against, form: forms[0] ?? 'text', consumers, waivers, isStrict, seed: Number(seed) }); // prettier-ignore
      }
      case 'check':
        takes(['github']);
        return await check(values.github === true ? 'github' : 'text');
      case 'release': {
        takes(['date', 'dry-run']);
        const { date = new Date().toISOString().slice(0, 10) } = values;
        if (!isDate(date)) usageError(COMMAND, `--date is a date such as 2026-12-31, not '${date}'`);
        return await release(date, values['dry-run'] === true);
      }
      default:
        usageError(COMMAND, `Unknown action '${action}'`);
    }
  } catch (error) {
    if (!(error instanceof DiffError)) throw error;
    console.error(`${COMMAND}: ${error.message}`);
    return 2;
  }
});
