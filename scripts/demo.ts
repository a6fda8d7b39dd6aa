/** `npm run demo`: two pets, created over HTTP, and every command there is; see --help. */
import { styleText } from 'node:util';
import { deadLetter } from '../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../generated/contract/channels/pet-command-status.ts';
import { petCommand } from '../generated/contract/channels/pet-command.ts';
import { petStatus } from '../generated/contract/channels/pet-status.ts';
import { newTraceparent } from '../generated/contract/headers.ts';
import type { PetCommand } from '../generated/contract/messages/pet-command.ts';
import { options } from './cli.ts';
import { findAddresses } from './demo/addresses.ts';
import { Answers, nameOf } from './demo/answers.ts';
import { kafkaClient, readTopics } from './kafka/read-topics.ts';
import type { TopicRecord } from './kafka/read-topics.ts';

const HELP = `Usage: npm run demo

Creates two pets over HTTP, sends every command there is to the running service, one that the rules forbid and one that
nobody can read, and prints each with what came back from the topics; then shows the pets as they are now. Finds what
\`npm start\` started; elsewhere set KAFKA_BROKERS and PET_SERVICE_URL (http://host:port), and the topics' variables.

  --help   show this

Exit code: 0 when everything was answered, 1 when something was not within 10 s, 2 for a usage error.`;

const TENANT = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: 83,
  MINOR_VERSION: 1,
} as const;

const topicOf = ({ env, address }: { env: string; address: string }) => process.env[env] ?? address;

function title(text: string): void {
  console.log(`\n${styleText('bold', text)}`);
}

function print(record: TopicRecord): void {
  const { headers, value } = record;
  const name = nameOf(record);
  const colour = name === 'REJECTED' || name === 'DEAD_LETTER' ? 'yellow' : 'green';
  const why = headers['DEAD_LETTER_MESSAGE'] === undefined ? '' : ` (${String(headers['DEAD_LETTER_MESSAGE'])})`;
  console.log(`  ${styleText(colour, name)}${why} ${value?.toString() ?? ''}`);
}

/** Asks by HTTP, prints the question and returns the text of the answer. @throws when it is refused. */
async function ask(url: string, method: string, path: string, traceparent: string, body?: string): Promise<string> {
  console.log(`${styleText('cyan', method)} ${path}${body === undefined ? '' : ` ${body}`}`);
  const tenant = Object.entries(TENANT).map(([name, value]): [string, string] => [name, String(value)]);
  const headers = { ...Object.fromEntries(tenant), traceparent, 'Content-Type': 'application/vnd.api+json' };
  const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${String(response.status)}: ${text}`);
  return text;
}

async function main(): Promise<void> {
  options('npm run demo', HELP, {});
  const { brokers, httpUrl } = findAddresses();
  const kafka = kafkaClient(brokers);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const answers = new Answers();
  const reader = await readTopics(kafka, [petStatus, petCommandStatus, deadLetter].map(topicOf), 'end', (records) => {
    answers.take(records);
  });
  await producer.connect();
  const ownerId = 1 + Math.floor(Math.random() * 0xffff_fffe);

  async function create(name: string): Promise<number> {
    title(`${name} is bought`);
    const traceparent = newTraceparent();
    const attributes = { ownerId, templateId: 5_000_017, name, fullness: 62 };
    const body = JSON.stringify({ data: { type: 'pets', attributes } });
    const answer = await ask(httpUrl, 'POST', '/api/pets', traceparent, body);
    for (const record of await answers.of(traceparent, 'CREATED')) print(record);
    return Number((JSON.parse(answer) as { data: { id: string } }).data.id);
  }

  async function send(what: string, command: PetCommand, last: string): Promise<void> {
    title(what);
    const traceparent = newTraceparent();
    const { key, value, headers } = petCommand.encode(command, { ...TENANT, traceparent });
    console.log(`${styleText('cyan', command.type)} ${JSON.stringify(command)}`);
    const record = { key, value, headers: headers as Record<string, Buffer | string> };
    await producer.send({ topic: topicOf(petCommand), messages: [record] });
    for (const answer of await answers.of(traceparent, last)) print(answer);
  }

  try {
    const kino = await create('Kino');
    const robo = await create('Robo');
    const of = (petId: number) => ({ transactionId: crypto.randomUUID(), actorId: ownerId, petId });
    const trick = { commandId: 0, byName: true };
    const items = [2_000_000, 4_000_005];
    await send('Kino comes out', { ...of(kino), type: 'SPAWN', body: { lead: false } }, 'SPAWNED');
    await send('Robo comes out and leads', { ...of(robo), type: 'SPAWN', body: { lead: true } }, 'SPAWNED');
    await send('Robo tries a trick', { ...of(robo), type: 'ATTEMPT_COMMAND', body: trick }, 'COMMAND_RESPONSE');
    await send('Kino is liked', { ...of(kino), type: 'AWARD_CLOSENESS', body: { amount: 14 } }, 'CLOSENESS_CHANGED');
    await send('Kino is fed', { ...of(kino), type: 'AWARD_FULLNESS', body: { amount: 30 } }, 'FULLNESS_CHANGED');
    await send('Kino grows', { ...of(kino), type: 'AWARD_LEVEL', body: { amount: 2 } }, 'LEVEL_CHANGED');
    await send('Kino leaves two items lying', { ...of(kino), type: 'EXCLUDE', body: { items } }, 'EXCLUDE_CHANGED');
    await send('Robo goes in', { ...of(robo), type: 'DESPAWN' }, 'DESPAWNED');
    await send('Robo is not out, so the rules forbid it', { ...of(robo), type: 'DESPAWN' }, 'REJECTED');
    const illegible = { ...of(kino), type: 'AWARD_CLOSENESS', body: { amount: 'a lot' } } as unknown as PetCommand;
    await send('Nobody can read this one, so it is set aside', illegible, 'DEAD_LETTER');

    title('So they are now');
    const answer = await ask(httpUrl, 'GET', `/api/characters/${String(ownerId)}/pets`, newTraceparent());
    const { data } = JSON.parse(answer) as { data: { id: string; attributes: object }[] };
    for (const { id, attributes } of data) console.log(`  ${styleText('green', id)} ${JSON.stringify(attributes)}`);
  } finally {
    await Promise.allSettled([reader.close(), producer.disconnect()]);
  }
}

try {
  await main();
} catch (error) {
  console.error(`npm run demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
