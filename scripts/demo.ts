/** `npm run demo`: sends one command of each kind to the running service and prints what came of it. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { deadLetter } from '../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../generated/contract/channels/pet-command-status.ts';
import { petCommand } from '../generated/contract/channels/pet-command.ts';
import { petStatus } from '../generated/contract/channels/pet-status.ts';
import { newTraceparent } from '../generated/contract/headers.ts';
import type { PetCommand } from '../generated/contract/messages/pet-command.ts';
import { openDatabase } from '../src/store/database.ts';
import { kafkaClient, readTopics } from './kafka/read-topics.ts';
import type { TopicRecord } from './kafka/read-topics.ts';

const HELP = `Usage: npm run demo

Creates pets in the database, sends every command there is to the running service, one that the rules forbid and one
that nobody can read, and prints each with what came back. Finds what \`npm start\` started; elsewhere set
KAFKA_BROKERS and DATABASE_URL.

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
      data: names.map((name) => ({ ...owner, name, templateId: 5_000_017n, fullness: 62 })),
      select: { id: true },
    });
    return pets.map(({ id }) => Number(id));
  } finally {
    await database.$disconnect();
  }
}

/** What came back on the topics, as it arrives; waits for what a record is answered with. */
class Answers {
  readonly #records: TopicRecord[] = [];
  #arrived = Promise.withResolvers<undefined>();

  take(records: readonly TopicRecord[]): void {
    this.#records.push(...records);
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers();
  }

  /** The answers of one trace, once the last of them is there. */
  async of(traceparent: string, last: string): Promise<TopicRecord[]> {
    const late = sleep(PATIENCE, 'late' as const, { ref: false });
    for (;;) {
      const answers = this.#records.filter(({ headers }) => headers['traceparent']?.toString() === traceparent);
      const names = answers.map(nameOf);
      if (names.includes(last) || names.includes('REJECTED')) return answers;
      if ((await Promise.race([this.#arrived.promise, late])) === 'late') {
        throw new Error(
          `${last} did not come back within ${String(PATIENCE / 1000)} s: is the service ready (/readyz)?`,
        );
      }
    }
  }
}

/** A message's type; a dead letter has none of its own. */
function nameOf({ headers, value }: TopicRecord): string {
  if (headers['DEAD_LETTER_REASON'] !== undefined) return 'DEAD_LETTER';
  return (JSON.parse(value?.toString() ?? '') as { type: string }).type;
}

function print(record: TopicRecord): void {
  const { headers, value } = record;
  const name = nameOf(record);
  const note = headers['SEQUENCE'] === undefined ? '' : ` #${headers['SEQUENCE'].toString()}`;
  const why =
    headers['DEAD_LETTER_MESSAGE'] === undefined
      ? ''
      : ` ${styleText('yellow', String(headers['DEAD_LETTER_MESSAGE']))}`;
  const colour = name === 'REJECTED' || name === 'DEAD_LETTER' ? 'yellow' : 'green';
  console.log(`  ${styleText(colour, name)}${note}${why} ${value?.toString() ?? ''}`);
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
  const [kino = 0, robo = 0] = await createPets(databaseUrl, actorId, ['Kino', 'Robo']);
  console.log(`character ${String(actorId)} has the pets ${String(kino)} (Kino) and ${String(robo)} (Robo)`);
  const reader = await readTopics(kafka, [petStatus, petCommandStatus, deadLetter].map(topicOf), 'end', (records) => {
    answers.take(records);
  });
  await producer.connect();

  /** Sends a command and prints what it is answered with. */
  async function send(title: string, command: PetCommand, last: string): Promise<void> {
    const traceparent = newTraceparent();
    const { key, value, headers } = petCommand.encode(command, { ...TENANT, traceparent });
    console.log(`\n${styleText('bold', title)}\n${styleText('cyan', command.type)} ${JSON.stringify(command)}`);
    const record = { key, value, headers: headers as Record<string, Buffer | string> };
    await producer.send({ topic: topicOf(petCommand), messages: [record] });
    for (const answer of await answers.of(traceparent, last)) print(answer);
  }

  try {
    const common = () => ({ transactionId: crypto.randomUUID(), actorId });
    const ofKino = () => ({ ...common(), petId: kino });
    const ofRobo = () => ({ ...common(), petId: robo });
    await send('Kino comes out', { ...ofKino(), type: 'SPAWN', body: { lead: false } }, 'SPAWNED');
    await send('Robo comes out and leads', { ...ofRobo(), type: 'SPAWN', body: { lead: true } }, 'SPAWNED');
    await send(
      'Robo tries a trick',
      { ...ofRobo(), type: 'ATTEMPT_COMMAND', body: { commandId: 0, byName: true } },
      'COMMAND_RESPONSE',
    );
    await send('Kino is liked', { ...ofKino(), type: 'AWARD_CLOSENESS', body: { amount: 14 } }, 'CLOSENESS_CHANGED');
    await send('Kino is fed', { ...ofKino(), type: 'AWARD_FULLNESS', body: { amount: 30 } }, 'FULLNESS_CHANGED');
    await send('Kino grows', { ...ofKino(), type: 'AWARD_LEVEL', body: { amount: 2 } }, 'LEVEL_CHANGED');
    await send(
      'Kino leaves two items lying',
      { ...ofKino(), type: 'EXCLUDE', body: { items: [2000000, 4000005] } },
      'EXCLUDE_CHANGED',
    );
    await send('Robo goes in', { ...ofRobo(), type: 'DESPAWN' }, 'DESPAWNED');
    await send('Robo is not out, so the rules forbid it', { ...ofRobo(), type: 'DESPAWN' }, 'REJECTED');
    const illegible = { ...ofKino(), type: 'AWARD_CLOSENESS', body: { amount: 'a lot' } } as unknown as PetCommand;
    await send('Nobody can read this one, so it is set aside', illegible, 'DEAD_LETTER');
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
