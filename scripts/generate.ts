/** `npm run generate`: calls the generator for the contract of this project. See --help. */
import { main } from '../generator/src/cli.ts';
import { options } from '../src/operator/command-line.ts';

const COMMAND = 'npm run generate';

const HELP = `Usage: ${COMMAND} [-- options]

Writes generated/contract/ from asyncapi.yaml, by the generator in generator/: it is the same as
"npx asyncapi-kafka generate asyncapi.yaml --output generated/contract --role service --strict".

  --check          writes nothing; exits with 1 and names each generated file that is stale, edited, missing or no longer wanted
  --output <dir>   another folder (default: generated/contract)
  --help           show this

Exit code: 0 when the files were written or are current, 1 for a faulty document, a conflicting file, or differences that --check
found, 2 for a usage error.`;

options(COMMAND, HELP, { check: { type: 'boolean' }, output: { type: 'string' } });
const given = process.argv.slice(2);
const ours = ['--output', 'generated/contract', '--role', 'service', '--strict'];
process.exitCode = await main(['generate', 'asyncapi.yaml', ...ours, ...given], COMMAND);
