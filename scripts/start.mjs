import { bootstrap } from './bootstrap.mjs';

const HELP = `Usage: npm start

Runs the service, and an embedded Kafka broker and Postgres for what is not given by KAFKA_BROKERS and DATABASE_URL.
Ctrl-C stops everything. Embedded data survives in .embedded/; delete that folder to begin anew.

Exit code: 0 after Ctrl-C or SIGTERM, 1 when something could not start or ended by itself.`;

if (process.argv.includes('--help')) console.log(HELP);
else await bootstrap('scripts/start/main.ts');
