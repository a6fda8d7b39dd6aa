import { answerHelp, bootstrap, usageError } from './bootstrap.mjs';

const HELP = `Usage: npm start [-- --help]

Runs the service, and an embedded Kafka broker and Postgres for what is not given by KAFKA_BROKERS and DATABASE_URL.
Ctrl-C stops everything. Embedded data survives in .embedded/; delete that folder to begin anew.

  --help   show this

Exit code: 0 after Ctrl-C or SIGTERM, 1 when something could not start or ended by itself, 2 for a usage error.`;

answerHelp(HELP);
const [unknown] = process.argv.slice(2);
if (unknown !== undefined) usageError('npm start', `Unknown argument '${unknown}'`);
await bootstrap('scripts/start/main.ts');
