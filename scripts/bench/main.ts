/** `npm run bench`: what the service does per second, beside what the database alone can do with the same SQL. */
import { join } from 'node:path';
import pg from 'pg';
import { options, usageError } from '../cli.ts';
import { startKafka } from '../embedded/kafka.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { temporaryFolder } from '../embedded/temporary.ts';
import { migrate } from '../migrate.ts';
import { awards, expectedStates, insertPets, START } from './award-workload.ts';
import type { Award } from './award-workload.ts';
import { checkEvents, checkRows } from './check.ts';
import { record, replay } from './limit-database.ts';
import { MOVEMENTS, runMovement } from './movement.ts';
import { runService } from './service.ts';
import type { Parts, ServiceRun } from './service.ts';

type Say = (line: string) => void;

const COMMAND = 'npm run bench';
const HELP = `Usage: npm run bench [-- options]

60,000 AWARD_CLOSENESS commands over 15,000 pets of 5,000 owners and three tenants, preloaded on 4 partitions:
commands per second from the first fetch to the last event on the topic, CPU per command of service, broker and
database; and, in turn, the same SQL in the same batches by raw pg. Every event and every final row is checked.

And 200,000 movements of the same pets, preloaded: movements per second, beside idle other traffic.

  --only <scenario>   award or movement (default: both)
  --runs N            runs of each, interleaved (default 3)
  --json              the figures alone on standard output, progress on standard error
  --help              show this

Exit code: 0 when every result was right, 1 when one was wrong or could not be had, 2 for a usage error.`;

const SCENARIOS = ['award', 'movement'] as const;
type Scenario = (typeof SCENARIOS)[number];

interface Figure {
  readonly scenario: Scenario;
  readonly subject: 'service' | 'limit-database';
  readonly perSecond: number;
  readonly cpu?: ServiceRun['cpu'];
  readonly faults: readonly string[];
}

async function main(): Promise<void> {
  const values = options(COMMAND, HELP, {
    only: { type: 'string' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) usageError(COMMAND, '--runs takes a whole number from 1 on');
  const say: Say = (line) => process.stderr.write(`${line}\n`);
  const { only } = values;
  const scenarios = SCENARIOS.filter((scenario) => only === undefined || scenario === only);
  if (scenarios.length === 0) usageError(COMMAND, `--only takes one of ${SCENARIOS.join(', ')}`);
  const figures = await measure(scenarios, runs, say);
  for (const { subject, faults } of figures) {
    if (faults.length > 0) {
      say(`${subject}: WRONG RESULT, the figure is void. ${String(faults.length)} faults:`);
      // One of each kind says more than many of one.
      for (const [kind, alike] of Map.groupBy(faults, (fault) => fault.replaceAll(/\d+/g, 'N'))) {
        say(`  ${String(alike.length)} times "${kind}", first: ${String(alike[0])}`);
      }
      process.exitCode = 1;
    }
  }
  if (values.json) console.log(JSON.stringify({ rows: rowsOf(figures) }, null, 2));
  else console.log(tableOf(figures));
}

async function measure(scenarios: readonly Scenario[], runs: number, say: Say): Promise<Figure[]> {
  const folder = await temporaryFolder();
  const [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), port: 0, say }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), port: 0, say }),
  ]);
  try {
    const databases = new Databases(postgres.address);
    await databases.createTemplate();
    const parts = { brokers: kafka.address, brokerPid: kafka.pid, databasePid: postgres.pid };
    const figures: Figure[] = [];
    if (scenarios.includes('award')) figures.push(...(await measureAwards(databases, parts, runs, say)));
    if (scenarios.includes('movement')) figures.push(...(await measureMovements(databases, parts, runs, say)));
    return figures;
  } finally {
    await Promise.all([kafka.stop(), postgres.stop()]);
    await folder.remove();
  }
}

async function measureAwards(databases: Databases, parts: Parts, runs: number, say: Say): Promise<Figure[]> {
  const sent = awards();
  const expected = countEvents(sent);
  const recording = await databases.copy('recording');
  const recorder = await connect(recording);
  const batches = await record(recorder, sent);
  await recorder.end();
  say('SQL of the batches recorded');

  const figures: Figure[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const limit = await limitRun(await databases.copy(`limit_${String(run)}`), batches, sent);
    say(`run ${String(run)} of ${String(runs)}: limit-database ${rate(limit.perSecond)}`);
    const url = await databases.copy(`service_${String(run)}`);
    const result = await runService(parts, `bench-${String(run)}`, url, sent, expected, say);
    const client = await connect(url);
    const faults = [...checkEvents(result.events, sent), ...(await checkRows(client, sent))];
    await client.end();
    const perSecond = sent.length / result.seconds;
    say(`run ${String(run)} of ${String(runs)}: service ${rate(perSecond)}`);
    figures.push(limit, { scenario: 'award', subject: 'service', perSecond, cpu: result.cpu, faults });
  }
  return figures;
}

async function measureMovements(databases: Databases, parts: Parts, runs: number, say: Say): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const url = await databases.copy(`movement_${String(run)}`);
    const client = await connect(url);
    const result = await runMovement(parts, `bench-m${String(run)}`, url, client, say);
    await client.end();
    say(`run ${String(run)} of ${String(runs)}: service ${rate(result.perSecond)}`);
    figures.push({ scenario: 'movement', subject: 'service', ...result });
  }
  return figures;
}

async function limitRun(
  url: string,
  batches: Awaited<ReturnType<typeof record>>,
  sent: readonly Award[],
): Promise<Figure> {
  const [work, publish] = await Promise.all([connect(url), connect(url)]);
  const seconds = await replay(work, publish, batches);
  const faults = await checkRows(work, sent);
  const { rows } = await work.query<{ count: string }>('SELECT count(*) FROM outbox');
  if (rows[0]?.count !== '0') faults.push(`${String(rows[0]?.count)} rows left in the outbox`);
  await Promise.all([work.end(), publish.end()]);
  return { scenario: 'award', subject: 'limit-database', perSecond: sent.length / seconds, faults };
}

/** Databases of the runs, each a copy of one with the pets in it. */
class Databases {
  readonly #admin: string;

  constructor(admin: string) {
    this.#admin = admin;
  }

  async createTemplate(): Promise<void> {
    await this.#query('CREATE DATABASE bench_template');
    const url = this.#url('bench_template');
    await migrate(url, () => undefined);
    const client = await connect(url);
    await insertPets(client);
    await client.end();
  }

  async copy(name: string): Promise<string> {
    await this.#query(`CREATE DATABASE bench_${name} TEMPLATE bench_template`);
    return this.#url(`bench_${name}`);
  }

  #url(name: string): string {
    const url = new URL(this.#admin);
    url.pathname = `/${name}`;
    return url.href;
  }

  async #query(sql: string): Promise<void> {
    const client = await connect(this.#admin);
    await client.query(sql);
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** One CLOSENESS_CHANGED an award, and one LEVEL_CHANGED where it reaches a level. */
function countEvents(sent: readonly Award[]): number {
  let levelled = 0;
  for (const states of expectedStates(sent).values()) {
    let level: number = START.level;
    for (const state of states) {
      if (state.level > level) levelled += 1;
      level = state.level;
    }
  }
  return sent.length + levelled;
}

const SUBJECTS = ['service', 'limit-database'] as const;

function rowsOf(figures: readonly Figure[]) {
  const pairs = SCENARIOS.flatMap((scenario) => SUBJECTS.map((subject) => ({ scenario, subject })));
  return pairs.flatMap(({ scenario, subject }) => {
    const own = figures.filter((figure) => figure.scenario === scenario && figure.subject === subject);
    if (own.length === 0) return [];
    const sorted = own.map(({ perSecond }) => Math.round(perSecond)).sort((a, b) => a - b);
    const row = {
      scenario,
      subject,
      unit: '1/s',
      median: median(sorted),
      min: sorted[0] ?? NaN,
      max: sorted.at(-1) ?? NaN,
      correct: own.every(({ faults }) => faults.length === 0),
    };
    return [row];
  });
}

/** What is counted, and how often it was done in one run. */
const UNITS: Readonly<Record<Scenario, { readonly title: string; readonly count: number }>> = {
  award: { title: 'award: 60,000 commands, first fetch to last event', count: awards().length },
  movement: { title: 'movement: 200,000 movements, first to last', count: MOVEMENTS },
};

function tableOf(figures: readonly Figure[]): string {
  const scenarios = SCENARIOS.filter((scenario) => figures.some((figure) => figure.scenario === scenario));
  return scenarios
    .map((scenario) =>
      tableOfOne(
        scenario,
        figures.filter((one) => one.scenario === scenario),
      ),
    )
    .join('\n\n');
}

function tableOfOne(scenario: Scenario, figures: readonly Figure[]): string {
  const { title, count } = UNITS[scenario];
  const rows = rowsOf(figures);
  const lines = rows.map(
    ({ subject, median, min, max, correct }) =>
      `${subject.padEnd(16)} ${rate(median).padStart(14)}  (${String(min)} to ${String(max)})${correct ? '' : '  WRONG'}`,
  );
  const [service, limit] = rows;
  const cpus = figures.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  const micros = (part: keyof ServiceRun['cpu']) =>
    String(Math.round((median(cpus.map((cpu) => cpu[part]).sort((a, b) => a - b)) * 1e6) / count));
  return [
    `${title}, median (min to max)`,
    ...lines,
    ...(limit ? [`service / limit  ${((service?.median ?? NaN) / limit.median).toFixed(2).padStart(10)}`] : []),
    `CPU µs a record: service ${micros('service')}, broker ${micros('broker')}, database ${micros('database')}`,
  ].join('\n');
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

function rate(perSecond: number): string {
  return `${String(Math.round(perSecond))} /s`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
