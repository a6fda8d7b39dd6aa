/** `npm run lint`: the rules of the code, and who may import whom; see --help. */
import { options, runCommand } from '../src/operator/command-line.ts';
import { showTool } from './embedded/tool.ts';

const HELP = `Usage: npm run lint [-- --help]

Checks the code by eslint, and the directions of imports (.dependency-cruiser.cjs). npm test does the same, and more.

  --help   show this

Exit code: 0 when nothing was found, 1 when something was, 2 for a usage error.`;

const COMMAND = 'npm run lint';

await runCommand(COMMAND, async () => {
  options(COMMAND, HELP, {});
  const codes = [
    await showTool('eslint', ['.']),
    await showTool('depcruise', ['src', '--config', '.dependency-cruiser.cjs']),
  ];
  return codes.every((code) => code === 0) ? 0 : 1;
});
