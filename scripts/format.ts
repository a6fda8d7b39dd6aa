/** `npm run format`: how files look; see --help. */
import { options, runCommand } from '../src/operator/command-line.ts';
import { showTool } from './embedded/tool.ts';

const HELP = `Usage: npm run format [-- --help]

Formats every file by prettier.

  --help   show this

Exit code: 0 when every file is formatted, 1 when one could not be, 2 for a usage error.`;

const COMMAND = 'npm run format';

await runCommand(COMMAND, async () => {
  options(COMMAND, HELP, {});
  return (await showTool('prettier', ['--write', '.'])) === 0 ? 0 : 1;
});
