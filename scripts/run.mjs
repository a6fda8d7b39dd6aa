/**
 * Runs the command of an npm script: `node scripts/run.mjs <command> [arguments]`. Plain JavaScript, since it must run in a fresh
 * clone under an older Node; bootstrap.mjs installs missing packages.
 */
import { bootstrap } from './bootstrap.mjs';

const START_HELP = `Usage: npm start [-- --help]

Runs the service, with an embedded Kafka broker and Postgres unless KAFKA_BROKERS and DATABASE_URL name others.
Ctrl-C stops everything. Embedded data survives in .embedded/; delete that folder to begin anew.

  --help   show this

Exit code: 0 after Ctrl-C or SIGTERM, 1 when something could not start or ended by itself, 2 for a usage error.`;

const SERVICE_HELP = `Usage: npm run service [-- --help]

Runs the service on a broker and a database of your own, whose topics and migrations npm run topics and npm run migrate create.
SIGTERM or Ctrl-C stops it. Set KAFKA_BROKERS and DATABASE_URL; docs/configuration.md has all variables.

  --help   show this

Exit code: 0 after Ctrl-C or SIGTERM, 1 when it could not start or an error ended it, 2 for a usage error.`;

const TEST_HELP = `Usage: npm test [-- options, parts of paths]

Runs every static check (npm run check), then the tests. With options or paths only tests run, for example
"npm test -- test/domain".

  -t, --testNamePattern <pattern>   only tests whose name matches
  --verbose                         every test with its time
  -b, --bail                        end at the first failure
  --coverage                        which lines were run
  --help                            show this

What follows a further "--" goes to jest as it is.

Exit code: 0 when everything passed, 1 otherwise, 2 for a usage error.`;

/**
 * What each command runs. `help` is shown even before anything is installed; `needsTools` marks what a production install
 * (`npm ci --omit=dev`) cannot run.
 */
const COMMANDS = {
  start: { entry: 'start/main.ts', help: START_HELP, takesNothing: true },
  test: { entry: 'test/main.ts', help: TEST_HELP, needsTools: true },
  'test:chaos': { entry: 'chaos/main.ts', needsTools: true },
  'test:mutants': { entry: 'mutants/main.ts', needsTools: true },
  check: { entry: 'check.ts', needsTools: true, isOffline: true },
  service: { entry: '../src/launch.ts', help: SERVICE_HELP, takesNothing: true },
  demo: { entry: 'demo.ts' },
  generate: { entry: 'generate.ts', needsTools: true, isOffline: true },
  contract: { entry: 'contract/main.ts', needsTools: true, isOffline: true },
  'contract:pack': { entry: 'contract/pack.ts', needsTools: true, isOffline: true },
  docs: { entry: 'docs.ts', needsTools: true, isOffline: true },
  migrate: { entry: '../src/operator/migrate.ts' },
  topics: { entry: '../src/operator/topics.ts' },
  offsets: { entry: '../src/operator/offsets.ts' },
  parked: { entry: '../src/operator/parked.ts' },
  'dead-letters': { entry: '../src/operator/dead-letters.ts' },
  bench: { entry: 'bench/main.ts', needsTools: true },
  format: { entry: 'format.ts', needsTools: true, isOffline: true },
};

const [name, ...args] = process.argv.slice(2);
const command = new Map(Object.entries(COMMANDS)).get(name);
if (command === undefined) usageError('node scripts/run.mjs', `Name one of ${Object.keys(COMMANDS).join(', ')}`);
const { help, takesNothing = false, ...rest } = command;
const typed = name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${name}`;
if (help !== undefined && args.some((argument) => argument === '--help' || argument === '-h')) console.log(help);
else if (takesNothing && args.length > 0) usageError(typed, `Unknown argument '${args[0]}'. See: ${typed} -- --help`);
else await bootstrap(typed, rest, args);

function usageError(commandLine, sentence) {
  console.error(`${commandLine}: ${sentence}`);
  process.exit(2);
}
