/** The outbox is bounded if events cannot be sent: promise 6. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { createLog } from '../../src/log.ts';
import { Backlog } from '../../src/outbox/backlog.ts';
import { ask, petDocument } from '../support/api.ts';
import { award, command, createPets } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { createTopics, deleteTopic } from '../support/topics.ts';
import { until } from '../support/until.ts';

let rig: Rig;
let admin: Admin;
beforeAll(async () => {
  rig = await createRig();
  admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await rig.close();
});

it('stops consuming and creating while the outbox is full, and continues without loss once it is sent', async () => {
  const topic = rig.environment[petStatus.env] ?? '';
  const instance = await rig.start({ OUTBOX_MAX_ROWS: '10' });
  const [petId = 0] = await createPets(rig.database, 8_001, 1);
  const send = (count: number) => rig.send(Array.from({ length: count }, () => command(award(petId, 1))));
  const create = () =>
    ask(`${instance.url}/api/pets`, { method: 'POST', body: petDocument({ ownerId: 8_002, templateId: 1 }) });
  const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;

  await deleteTopic(admin, topic);
  await send(20);
  await until('the first awards are not applied', async () => (await closeness()) === 20);
  await until('creating is not refused', async () => (await create()).status === 503);
  const refused = await create();
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.json.errors).toMatchObject([{ code: 'OVERLOADED' }]);
  const created = await rig.database.pet.count({ where: { ownerId: 8_002n } });

  await send(20);
  // Longer than the interval between two checks of the outbox and a batch.
  await sleep(2_500);
  expect(await closeness()).toBe(20);
  const readyz = await (await fetch(`${instance.url}/readyz`)).text();
  expect(readyz).toContain('EVENTS_CANNOT_LEAVE');

  await createTopics(admin, [{ topic, numPartitions: 4 }]);
  await until('the waiting awards are not applied', async () => (await closeness()) === 40);
  await rig.publishedAll();
  await until('creating is still refused', async () => (await create()).status === 201);
  await rig.publishedAll();
  const published = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  await instance.stop();
  // Levels at closeness 1, 3, 6, 14 and 31, an event for each award, one for each created pet.
  expect(published).toBeGreaterThanOrEqual(40 + 5 + created + 1);
  expect(instance.output()).toMatch(/OUTBOX_FULL[^]*"part":"outbox","msg":"ready"/);
});

it('blocks only records that would become dead letters if dead letters cannot be sent', async () => {
  const topic = rig.environment[deadLetter.env] ?? '';
  let instance = await rig.start({ OUTBOX_MAX_ROWS: '10' });
  const [blocked = 0, free = 0] = await createPets(rig.database, 8_003, 2);
  const invalid = (count: number) =>
    rig.send(Array.from({ length: count }, () => ({ value: 'no JSON', partition: 0 })));
  const awardTo = (petId: number, partition: number) => rig.send([{ ...command(award(petId, 1)), partition }]);
  const closeness = async (id: number) => (await rig.database.pet.findUniqueOrThrow({ where: { id } })).closeness;
  const readyz = async () => (await fetch(`${instance.url}/readyz`)).text();

  await deleteTopic(admin, topic);
  await invalid(20);
  await until('the outbox is never full', async () => (await readyz()).includes('OUTBOX_FULL'));
  expect(await readyz()).toMatch(new RegExp(`events wait for topic ${topic}.*OUTBOX_FULL`));
  await invalid(5);
  await awardTo(blocked, 0);
  for (let times = 1; times <= 5; times += 1) {
    await awardTo(free, 1);
    await until('other partitions wait', async () => (await closeness(free)) === times);
  }
  // An instance that starts meanwhile does not wait for the topic either.
  await instance.stop();
  instance = await rig.begin({ OUTBOX_MAX_ROWS: '10' });
  await awardTo(free, 1);
  await until('the missing topic blocks the start', async () => (await closeness(free)) === 6);
  await until('the missing topic is not reported', async () => (await readyz()).includes('TOPICS_MISSING'));
  const created = await ask(`${instance.url}/api/pets`, {
    method: 'POST',
    body: petDocument({ ownerId: 8_004, templateId: 1 }),
  });
  expect(created.status).toBe(201);
  expect(await rig.database.outbox.count({ where: { channel: deadLetter.name } })).toBe(20);
  expect(await closeness(blocked)).toBe(0);

  await createTopics(admin, [{ topic, numPartitions: 4 }]);
  await until('the blocked partition never continues', async () => (await closeness(blocked)) === 1);
  await rig.publishedAll();
  const deadLetterCount = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  expect(deadLetterCount).toBeGreaterThanOrEqual(25);
  await instance.stop();
});

it('counts an unreadable outbox as full', async () => {
  let reason: string | undefined = 'never';
  const backlog = new Backlog({
    database: rig.database,
    channels: [petStatus.name],
    topicOf: (channel) => channel,
    maxRows: 10,
    maxAgeMs: 60_000,
    heldStreams: () => [],
    health: (why) => (reason = why),
    log: createLog('silent'),
  });
  const isFull = () => Promise.resolve(backlog.fullReason(petStatus.name) !== undefined);
  expect(await isFull()).toBe(true);
  backlog.start();
  await until('the outbox is still full', async () => !(await isFull()));
  await until('the reason is still reported', () => Promise.resolve(reason === undefined));
  await rig.database.$executeRawUnsafe('ALTER TABLE outbox RENAME TO away');
  await until('the outbox does not count as full', isFull);
  expect(reason).toMatch(/\(OUTBOX_UNREADABLE\)$/);
  await rig.database.$executeRawUnsafe('ALTER TABLE away RENAME TO outbox');
  await until('the outbox is still full', async () => !(await isFull()));
  await backlog.stop();
});
