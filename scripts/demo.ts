/** `npm run demo`: creates pets over HTTP and sends them every command; see --help. */
import { styleText } from 'node:util';
import { assetStatus } from '../generated/contract/channels/asset-status.js';
import { characterStatus } from '../generated/contract/channels/character-status.js';
import { deadLetter } from '../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../generated/contract/channels/pet-command-status.js';
import { petCommand } from '../generated/contract/channels/pet-command.js';
import { petMovement } from '../generated/contract/channels/pet-movement.js';
import { petStatus } from '../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../generated/contract/headers.js';
import type { PetCommandHeaders } from '../generated/contract/headers.js';
import type { PetCommand } from '../generated/contract/messages/pet-command.js';
import type { ContractChannel } from '../generated/contract/record.js';
import { NIL_INSTANCE } from '../src/domain/session.ts';
import { options, runCommand } from '../src/operator/command-line.ts';
import { Answers, nameOf, MAX_WAIT_MS } from './demo/answers.ts';
import { PetsApi, UNKNOWN_POSITION } from './demo/api.ts';
import { withProgress } from '../src/operator/progress.ts';
import { HUNGER_INTERVAL_MS } from './start/bring-up.ts';
import { findAddresses } from '../src/operator/find-running.ts';
import { kafkaClient } from './kafka/client.ts';
import { followTopics } from '../src/transport/kafkajs-reader.ts';
import type { TopicRecord } from '../src/transport/broker-admin.ts';
import { topicOf } from '../src/operator/topic-of.ts';

const HELP = `Usage: npm run demo

Logs an owner in, creates pets over HTTP, sends every command to the running service, one that the rules reject and one that
breaks the contract, lets one pet walk until its owner goes to another map, deletes that pet's item, and waits until the others get
hungry. Prints each step with its results, on the topics or over HTTP; then shows the remaining pets. Finds what \`npm start\` started, where pets get hungry every 10 s; elsewhere set KAFKA_BROKERS and PET_SERVICE_URL
(http://host:port), the topics' variables, and HUNGER_INTERVAL_MS as the service has it: 180000 by default, also by npm start
with a broker or database of your own.

  --help   show this

Exit code: 0 when all results came, 1 when one did not come within 10 s (hunger: its interval and 10 s), 2 for a usage
error.`;

const TENANT = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: 83,
  MINOR_VERSION: 1,
} as const;

/** Kinds of pets that know tricks. */
const FIELD_CRICKET = 5_000_017;
const COPPER_ROBOT = 5_000_018;

/** The interval of hunger in the running service. */
const SERVICE_HUNGER_INTERVAL_MS = Number(process.env['HUNGER_INTERVAL_MS'] ?? HUNGER_INTERVAL_MS);

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

async function main(): Promise<void> {
  options('npm run demo', HELP, {});
  const { brokers, httpUrl } = findAddresses('brokers', 'httpUrl');
  const api = new PetsApi(httpUrl, TENANT);
  const kafka = kafkaClient(brokers);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const answers = new Answers();
  const reader = await followTopics(kafka, {
    topics: [petStatus, petCommandStatus, deadLetter].map((one) => topicOf(one)),
    from: 'end',
    take: (records) => {
      answers.take(records);
    },
    report: console.error,
  });
  await producer.connect();
  const ownerId = 1 + Math.floor(Math.random() * 0xffff_fffe);

  async function create(name: string, templateId: number, fullness = 62): Promise<number> {
    title(`${name} is bought`);
    const traceparent = newTraceparent();
    const attributes = { ownerId, templateId, name, fullness };
    const body = JSON.stringify({ data: { type: 'pets', attributes } });
    const answer = await api.ask('POST', '/api/pets', traceparent, body);
    for (const record of await answers.of(traceparent, 'CREATED')) print(record);
    return Number((JSON.parse(answer) as { data: { id: string } }).data.id);
  }

  /** @param last the last event that the message causes, if it causes any. */
  async function sendMessage<Message extends object>(
    what: string,
    channel: ContractChannel<Message, PetCommandHeaders>,
    message: NoInfer<Message>,
    last?: string,
  ): Promise<void> {
    title(what);
    const traceparent = newTraceparent();
    const { key, value, headers } = channel.encode(message, { ...TENANT, traceparent });
    const name = 'type' in message ? String(message.type) : topicOf(channel);
    console.log(`${styleText('cyan', name)} ${JSON.stringify(message)}`);
    const record = { key, value, headers: headers as Record<string, Buffer | string> };
    await producer.send({ topic: topicOf(channel), messages: [record] });
    if (last !== undefined) for (const answer of await answers.of(traceparent, last)) print(answer);
  }

  /** Returns the events of hunger that end with the pet's despawn. */
  function untilHungry(petId: number): Promise<TopicRecord[]> {
    const isDespawnByHunger = (record: TopicRecord) => {
      const isIt = nameOf(record) === 'DESPAWNED' && record.value?.includes('"reason":"HUNGER"') === true;
      return isIt && record.value.includes(`"petId":${String(petId)},`);
    };
    const events = answers.among(ownerId, isDespawnByHunger, SERVICE_HUNGER_INTERVAL_MS + MAX_WAIT_MS);
    return withProgress(
      (line) => {
        console.log(`  ${line}`);
      },
      `waiting for hunger, which comes every ${String(SERVICE_HUNGER_INTERVAL_MS / 1_000)} s`,
      events,
    );
  }

  const send = (what: string, command: PetCommand, last: string) => sendMessage(what, petCommand, command, last);

  try {
    const owner = () => ({ transactionId: crypto.randomUUID(), worldId: 0, characterId: ownerId });
    const here = { channelId: 1, mapId: 100_000_000, instance: NIL_INSTANCE };
    await sendMessage('The owner logs in', characterStatus, { ...owner(), type: 'LOGIN', body: here });
    const kino = await create('Kino', FIELD_CRICKET);
    const robo = await create('Robo', COPPER_ROBOT);
    const of = (petId: number) => ({ transactionId: crypto.randomUUID(), actorId: ownerId, petId });
    const trick = { commandId: 0, byName: true };
    const items = [2_000_000, 4_000_005];
    await send('Kino is spawned', { ...of(kino), type: 'SPAWN', body: { lead: false } }, 'SPAWNED');
    await send('Robo is spawned as the leader', { ...of(robo), type: 'SPAWN', body: { lead: true } }, 'SPAWNED');
    await send('Robo tries a trick', { ...of(robo), type: 'ATTEMPT_COMMAND', body: trick }, 'COMMAND_RESPONSE');
    await send('Kino is liked', { ...of(kino), type: 'AWARD_CLOSENESS', body: { amount: 14 } }, 'CLOSENESS_CHANGED');
    await send('Kino is fed', { ...of(kino), type: 'AWARD_FULLNESS', body: { amount: 30 } }, 'FULLNESS_CHANGED');
    await send('Kino grows', { ...of(kino), type: 'AWARD_LEVEL', body: { amount: 2 } }, 'LEVEL_CHANGED');
    await send('Kino does not pick up two items', { ...of(kino), type: 'EXCLUDE', body: { items } }, 'EXCLUDE_CHANGED');

    const there = { x: 320, y: -145, stance: 2, fh: 17 };
    const walk = { worldId: 0, ...here, objectId: robo, observerId: ownerId, ...there };
    await sendMessage('Robo walks over the map', petMovement, walk);
    await api.see(robo, there);
    const away = { channelId: 1, oldMapId: here.mapId, targetMapId: 100_000_100 };
    const left = { ...owner(), type: 'MAP_CHANGED', body: away } as const;
    await sendMessage('The owner goes to another map, where Robo has not walked yet', characterStatus, left);
    await api.see(robo, UNKNOWN_POSITION);
    const item = { characterId: ownerId, templateId: COPPER_ROBOT, slot: 12, type: 'DELETED' } as const;
    await sendMessage('The item that Robo was is deleted, and Robo with it', assetStatus, item, 'DELETED');

    const moki = await create('Moki', FIELD_CRICKET, 9);
    await send('Moki is spawned', { ...of(moki), type: 'SPAWN', body: { lead: false } }, 'SPAWNED');
    title('Time passes, and nobody feeds Moki');
    for (const record of await untilHungry(moki)) print(record);

    await send('Kino is despawned', { ...of(kino), type: 'DESPAWN' }, 'DESPAWNED');
    await send('Kino is not spawned, so the rules reject it', { ...of(kino), type: 'DESPAWN' }, 'REJECTED');
    const invalid = { ...of(kino), type: 'AWARD_CLOSENESS', body: { amount: 'a lot' } } as unknown as PetCommand;
    await send('This one breaks the contract, so it becomes a dead letter', invalid, 'DEAD_LETTER');

    title('The pets now');
    const answer = await api.ask('GET', `/api/characters/${String(ownerId)}/pets`, newTraceparent());
    const { data } = JSON.parse(answer) as { data: { id: string; attributes: object }[] };
    for (const { id, attributes } of data) console.log(`  ${styleText('green', id)} ${JSON.stringify(attributes)}`);
  } finally {
    await Promise.allSettled([reader.close(), producer.disconnect()]);
  }
}

await runCommand('npm run demo', main);
