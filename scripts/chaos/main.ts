/** `npm run test:chaos`: everything that attacks the promises, with a seed of its own; see --help. */
import { randomInt } from 'node:crypto';
import { options, endSignal, usageError } from '../../src/operator/command-line.ts';
import { runJest } from '../test/jest.ts';

const HELP = `Usage: npm run test:chaos -- [--seed N] [--only part]

Attacks the promises of docs/guarantees.md on a real broker, a real database and 1 to 4 instances of the service, which
are killed, stopped and replaced under load. npm test has the shorter ones among these tests, with fewer cases and the seed 1.

  --seed <number>   what is sent and which faults come, the same for the same seed; not how the processes take turns
                    (default: a new one, printed)
  --only <part>     only test files of test/chaos with this in their name, for example "stall"
  --help            show this

Exit code: 0 when every promise held, 1 when one did not, 2 for a usage error.`;

const COMMAND = 'npm run test:chaos';

const values = options(COMMAND, HELP, { seed: { type: 'string' }, only: { type: 'string', default: '' } });
const seed = values.seed ?? String(randomInt(2 ** 31));
if (!/^\d{1,10}$/.test(seed) || Number(seed) >= 2 ** 31) usageError(COMMAND, '--seed takes a number below 2147483648');
console.log(`seed ${seed}`);
const signal = endSignal();
const code = await runJest(['--verbose', '--runInBand', `test/chaos/.*${values.only}`], {
  env: { ...process.env, CHAOS_SEED: seed, CHAOS_FORM: 'long' },
  signal,
  output: 'inherit',
});
if (code !== 0 && !signal.aborted) console.error(`\n${COMMAND} -- --seed ${seed} sends the same again`);
process.exitCode ||= code === 0 ? 0 : 1;
