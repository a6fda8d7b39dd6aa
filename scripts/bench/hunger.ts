import { setTimeout as sleep } from 'node:timers/promises';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { checkEvents } from './award-check.ts';
import { streamAwards } from './award-stream.ts';
import type { AwardStream } from './award-stream.ts';
import { countEvents } from './award-workload.ts';
import { cpuPerRecord } from './cpu.ts';
import { connect } from './databases.ts';
import { checkHunger, checkHungerRows } from './hunger-check.ts';
import { expectedEvents, insertHungry, logIn, PETS, tenantOfPet } from './hunger-workload.ts';
import type { Bench, Figure, Scenario } from './scenario.ts';
import { spawnService } from './service.ts';
import { withTopics } from './topics.ts';
import type { Topics } from './topics.ts';

const AWARDS_PER_SECOND = 500;
/** The time from the login of all characters until their hunger is due; the login takes some seconds. */
const DUE_AFTER_MS = 12_000;
/** The awards of the last second may have no event yet when all events of hunger are there. */
const MAX_UNANSWERED = AWARDS_PER_SECOND;
/** The share of the intended rate that must be reached. */
const MIN_SENT_SHARE = 0.95;

const HUNGER_TYPES: ReadonlySet<string> = new Set(['FULLNESS_CHANGED', 'SLOT_CHANGED', 'DESPAWNED']);

interface HungerRun {
  readonly run: string;
  readonly databaseUrl: string;
  readonly topics: Topics;
}

export const hunger: Scenario = {
  name: 'hunger',
  about: `100,000 logged-in characters with 200,000 spawned pets, whose hunger is due at once, while 500 AWARD_CLOSENESS
commands a second are sent to the same pets: seconds from due to the last event of hunger on the topic, and how
long the awards waited for their answers meanwhile.`,
  title: "hunger: 100,000 characters' 200,000 pets, due at once, with 500 awards/s",
  async prepare(bench) {
    const copy = await bench.databases.template('hunger', insertHungry);
    return async (run) => {
      const name = `bench-hunger-${String(run)}`;
      const databaseUrl = await copy(String(run));
      return withTopics(bench, name, (topics) => runOnce(bench, { run: name, databaseUrl, topics }));
    };
  },
};

async function runOnce(bench: Bench, { run, databaseUrl, topics }: HungerRun): Promise<Figure[]> {
  const expected = [...expectedEvents().values()].reduce((sum, { length }) => sum + length, 0);
  const client = await connect(databaseUrl);
  const service = spawnService(bench, { run, databaseUrl, topics });
  let awards: AwardStream | undefined;
  try {
    await service.ready();
    awards = await streamAwards(bench, topics, { rate: AWARDS_PER_SECOND, pets: PETS, tenantOf: tenantOfPet });
    const { sent } = awards;
    const dueAt = Date.now() + DUE_AFTER_MS;
    await logIn(client, dueAt);
    if (Date.now() > dueAt) throw new Error('it was due before everyone was logged in');
    await sleep(dueAt - Date.now());
    const before = service.cpu();
    await topics.untilWritten(petStatus, () => expected + countEvents(sent.slice(0, -MAX_UNANSWERED)));
    const cpu = cpuPerRecord(before, service.cpu(), expected);
    await awards.stop();
    await topics.untilWritten(petStatus, () => expected + countEvents(sent));

    const commands = await topics.readAll(petCommand);
    const events = Map.groupBy(await topics.readAll(petStatus), (record) => HUNGER_TYPES.has(typeOf(record)));
    const [ofHunger, ofAwards] = [events.get(true) ?? [], events.get(false) ?? []];
    const faults = [
      ...checkHunger(ofHunger),
      ...checkEvents(ofAwards, sent),
      ...(await checkHungerRows(client, sent, dueAt)),
      ...(awards.rate < AWARDS_PER_SECOND * MIN_SENT_SHARE
        ? [`only ${String(Math.round(awards.rate))} awards/s were sent`]
        : []),
    ];
    const endedAt = ofHunger.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
    const seconds = (endedAt - dueAt) / 1_000;
    const waits = answerTimes(commands, ofAwards, dueAt, endedAt);
    return [
      { subject: 'due to last event', unit: 's', value: seconds, cpu, faults },
      { subject: 'events', unit: '/s', value: expected / seconds, faults: [] },
      { subject: 'award answer p50', unit: 'ms', value: quantile(waits, 0.5), faults: [] },
      { subject: 'award answer p99', unit: 'ms', value: quantile(waits, 0.99), faults: [] },
    ];
  } finally {
    await awards?.stop();
    await service.stop();
    await client.end();
  }
}

/** Milliseconds from each award that came between two moments to its answer, both by the broker's clock; sorted. */
function answerTimes(
  commands: readonly TopicRecord[],
  events: readonly TopicRecord[],
  from: number,
  to: number,
): number[] {
  const answered = new Map(
    events.flatMap((record) => {
      const event = JSON.parse(String(record.value)) as PetStatusEvent;
      return event.type === 'CLOSENESS_CHANGED' ? [[event.body.transactionId, record.timestamp] as const] : [];
    }),
  );
  return commands
    .filter(({ timestamp }) => timestamp >= from && timestamp <= to)
    .map(({ value, timestamp }) => {
      const { transactionId = '' } = JSON.parse(String(value)) as PetCommand;
      return (answered.get(transactionId ?? '') ?? NaN) - timestamp;
    })
    .sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function typeOf({ value }: TopicRecord): string {
  return (JSON.parse(String(value)) as PetStatusEvent).type;
}
