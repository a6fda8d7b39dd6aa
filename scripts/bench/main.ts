/** `npm run bench`: measures the throughput of the service in several scenarios. */
import { join } from 'node:path';
import { options, runCommand, usageError } from '../../src/operator/command-line.ts';
import { startKafka } from '../embedded/kafka.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { temporaryFolder } from '../embedded/temporary.ts';
import { award } from './award.ts';
import { compression } from './compression.ts';
import { Databases } from './databases.ts';
import { hunger } from './hunger.ts';
import { movement } from './movement.ts';
import type { Bench, Figure, Scenario } from './scenario.ts';
import { spawnServices } from './spawn-services.ts';
import { rowsOf, tableOf, formatFigure } from './tables.ts';

const COMMAND = 'npm run bench';
const SCENARIOS: readonly Scenario[] = [award, compression, movement, hunger, spawnServices];
const NAMES = SCENARIOS.map(({ name }) => name);

const HELP = `Usage: npm run bench [-- options]

Measures the service with a real broker and a real database, all on this machine, with the CPU time that each of them
needs for a record. Every event and every final row is checked.

${SCENARIOS.map(({ name, about }) => `${name}: ${about}`).join('\n\n')}

  --only <scenario>   ${NAMES.slice(0, -1).join(', ')} or ${String(NAMES.at(-1))} (default: all)
  --runs N            runs of each (default 3)
  --json              the figures alone on standard output, progress on standard error
  --help              show this

Exit code: 0 if every result was correct, 1 if one was wrong or a run failed, 2 for a usage error.`;

interface Measured {
  readonly scenario: Scenario;
  readonly figures: readonly Figure[];
}

async function main(): Promise<void> {
  const { only, json, ...values } = options(COMMAND, HELP, {
    only: { type: 'string' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) usageError(COMMAND, '--runs takes a whole number from 1 on');
  const scenarios = SCENARIOS.filter(({ name }) => only === undefined || name === only);
  if (scenarios.length === 0) usageError(COMMAND, `--only takes one of ${NAMES.join(', ')}`);
  const say = (line: string) => void process.stderr.write(`${line}\n`);

  const all = await onServers(say, async (bench) => {
    const measured: Measured[] = [];
    for (const scenario of scenarios) measured.push({ scenario, figures: await measure(scenario, bench, runs) });
    return measured;
  });
  for (const { figures } of all) for (const figure of figures) printFaults(figure, say);
  if (json) {
    const rows = all.flatMap(({ scenario, figures }) => rowsOf(scenario, figures));
    console.log(JSON.stringify({ rows }, null, 2));
  } else console.log(all.map(({ scenario, figures }) => tableOf(scenario, figures)).join('\n\n'));
}

async function onServers<Result>(say: Bench['say'], work: (bench: Bench) => Promise<Result>): Promise<Result> {
  const folder = await temporaryFolder();
  const [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), port: 0, say }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), port: 0, say }),
  ]);
  try {
    const databases = new Databases(postgres.address);
    return await work({ brokers: kafka.address, brokerPid: kafka.pid, databasePid: postgres.pid, databases, say });
  } finally {
    await Promise.all([kafka.stop(), postgres.stop()]);
    await folder.remove();
  }
}

async function measure(scenario: Scenario, bench: Bench, runs: number): Promise<Figure[]> {
  const once = await scenario.prepare(bench);
  const figures: Figure[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const newFigures = await once(run);
    const words = newFigures.map(({ subject, value, unit }) => `${subject} ${formatFigure(value, unit)}`).join(', ');
    bench.say(`${scenario.name}, run ${String(run)} of ${String(runs)}: ${words}`);
    figures.push(...newFigures);
  }
  return figures;
}

function printFaults({ subject, faults }: Figure, say: Bench['say']): void {
  if (faults.length === 0) return;
  process.exitCode = 1;
  say(`${subject}: WRONG RESULT, the figure is void. ${String(faults.length)} faults:`);
  // One example of each kind of fault is more useful than many of one kind.
  for (const [kind, alike] of Map.groupBy(faults, (fault) => fault.replaceAll(/\d+/g, 'N'))) {
    say(`  ${String(alike.length)} times "${kind}", first: ${String(alike[0])}`);
  }
}

await runCommand(COMMAND, main);
