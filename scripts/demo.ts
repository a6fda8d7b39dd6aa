/** `npm run demo`: sends one command of each kind to the running service and prints the events that came of it. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, styleText } from 'node:util';
import type { Producer } from 'kafkajs';
import { petCommandStatus } from '../generated/contract/channels/pet-command-status.ts';
import { petCommand } from '../generated/contract/channels/pet-command.ts';
import { petStatus } from '../generated/contract/channels/pet-status.ts';
import { newTraceparent } from '../generated/contract/headers.ts';
import type { PetCommand } from '../generated/contract/messages/pet-command.ts';
import { openDatabase } from '../src/store/database.ts';
import { kafkaClient, readTopics } from './kafka/read-topics.ts';
import type { TopicRecord } from './kafka/read-topics.ts';

const HELP = `Usage: npm run demo

Creates pets in the database, sends SPAWN and AWARD_CLOSENESS to the running service and prints each command with the
events that came back from the topic. Finds what \`npm start\` started; elsewhere set KAFKA_BROKERS and DATABASE_URL.

Exit code: 0 when every command was answered, 1 when one was not within 10 s.`;

const PATIENCE = 10_000;
const TENANT = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: 83,
  MINOR_VERSION: 1,
} as const;

interface Addresses {
  readonly brokers: string;
  readonly databaseUrl: string;
}

/** Where `npm start` says that things are, unless the environment names others. */
function findAddresses(): Addresses {
  const running = new URL('../.embedded/running.json', import.meta.url);
  const started = existsSync(running) ? (JSON.parse(readFileSync(running, 'utf8')) as Partial<Addresses>) : {};
  const brokers = process.env['KAFKA_BROKERS'] ?? started.brokers;
  const databaseUrl = process.env['DATABASE_URL'] ?? started.databaseUrl;
  if (brokers === undefined || databaseUrl === undefined) {
    throw new Error(
      'no running service found: run npm start in another terminal, or set KAFKA_BROKERS and DATABASE_URL',
    );
  }
  return { brokers, databaseUrl };
}

async function createPets(databaseUrl: string, ownerId: number, names: readonly string[]): Promise<number[]> {
  const database = openDatabase(databaseUrl);
  try {
    const owner = { tenantId: TENANT.TENANT_ID, ownerId: BigInt(ownerId) };
    await database.owner.create({ data: owner });
    const pets = await database.pet.createManyAndReturn({
      data: names.map((name) => ({ ...owner, name, templateId: 5_000_017n })),
      select: { id: true },
    });
    return pets.map(({ id }) => Number(id));
  } finally {
    await database.$disconnect();
  }
}

/** The events of one trace, as they arrive; waits for those that a command is answered with. */
class Answers {
  readonly #records: TopicRecord[] = [];
  #arrived = Promise.withResolvers<undefined>();

  take(records: readonly TopicRecord[]): void {
    this.#records.push(...records);
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers();
  }

  async of(traceparent: string, last: string): Promise<TopicRecord[]> {
    const timeout = AbortSignal.timeout(PATIENCE);
    const late = new Promise<void>((resolve) => {
      timeout.addEventListener('abort', () => {
        resolve();
      });
    });
    for (;;) {
      const answers = this.#records.filter(({ headers }) => headers['traceparent']?.toString() === traceparent);
      if (answers.some((record) => typeOf(record) === last || typeOf(record) === 'REJECTED')) return answers;
      if (timeout.aborted) {
        throw new Error(
          `${last} did not come back within ${String(PATIENCE / 1000)} s: is the service ready (/readyz)?`,
        );
      }
      await Promise.race([this.#arrived.promise, late]);
    }
  }
}

function typeOf({ value }: TopicRecord): unknown {
  return (JSON.parse(value?.toString() ?? 'null') as { type?: unknown } | null)?.type;
}

async function show(producer: Producer, topic: string, answers: Answers, command: PetCommand, last: string) {
  const traceparent = newTraceparent();
  const { key, value, headers } = petCommand.encode(command, { ...TENANT, traceparent });
  console.log(`\n${styleText('cyan', command.type)} ${JSON.stringify(command)}`);
  await producer.send({ topic, messages: [{ key, value, headers: headers as Record<string, Buffer | string> }] });
  for (const record of await answers.of(traceparent, last)) {
    const sequence = record.headers['SEQUENCE']?.toString() ?? '-';
    console.log(`  ${styleText('green', String(typeOf(record)))} #${sequence} ${record.value?.toString() ?? ''}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    console.log(HELP);
    return;
  }
  const { brokers, databaseUrl } = findAddresses();
  const topicOf = ({ env, address }: { env: string; address: string }) => process.env[env] ?? address;
  const kafka = kafkaClient(brokers);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const answers = new Answers();
  const actorId = 1 + Math.floor(Math.random() * 0xffff_fffe);
  const [petId = 0, leadId = 0] = await createPets(databaseUrl, actorId, ['Kino', 'Robo']);
  console.log(`character ${String(actorId)} has the pets ${String(petId)} (Kino) and ${String(leadId)} (Robo)`);
  const reader = await readTopics(kafka, [petStatus, petCommandStatus].map(topicOf), 'end', (records) => {
    answers.take(records);
  });
  await producer.connect();
  try {
    const send = (command: PetCommand, last: string) => show(producer, topicOf(petCommand), answers, command, last);
    const transactionId = () => crypto.randomUUID();
    await send({ transactionId: transactionId(), actorId, petId, type: 'SPAWN', body: { lead: false } }, 'SPAWNED');
    await send(
      { transactionId: transactionId(), actorId, petId: leadId, type: 'SPAWN', body: { lead: true } },
      'SPAWNED',
    );
    await send(
      { transactionId: transactionId(), actorId: 0, petId, type: 'AWARD_CLOSENESS', body: { amount: 14 } },
      'CLOSENESS_CHANGED',
    );
  } finally {
    await Promise.allSettled([reader.close(), producer.disconnect()]);
  }
}

try {
  await main();
} catch (error) {
  console.error(styleText('red', `demo: ${error instanceof Error ? error.message : String(error)}`));
  process.exitCode = 1;
}
