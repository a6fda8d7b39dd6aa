/** `npm run check`: every static check; see --help. */
import { endSignal, options, runCommand, usageError } from '../src/operator/command-line.ts';
import { CHECKS, runChecks } from './test/checks.ts';

const HELP = `Usage: npm run check [-- --only part]

Checks everything that can be checked without running it, two checks at a time:

${CHECKS.map(({ name }) => `  ${name}`).join('\n')}

  --only <part>   only checks with this in their name, for example "lint"
  --help          show this

Exit code: 0 when every check passed, 1 when one did not, 2 for a usage error.`;

const COMMAND = 'npm run check';

await runCommand(COMMAND, async () => {
  const { only } = options(COMMAND, HELP, { only: { type: 'string', default: '' } });
  const checks = CHECKS.filter(({ name }) => name.includes(only));
  if (checks.length === 0) usageError(COMMAND, `no check has '${only}' in its name`);
  const failed = await runChecks(checks, endSignal());
  if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});
