/** `npm run dead-letters` with a real broker and database: shows dead letters, and sends their records back unchanged. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { withAdmin } from '../../src/transport/kafkajs-admin.ts';
import { award, command, createPets, header, sendable, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import type { ScriptEnd } from '../support/script.ts';

const TEMPLATE = 5_000_017;

/**
 * All tests share the topics and one instance. Each has owners of its own; the records without a key go to a partition that no
 * test before has sent to, so the tests whose records have keys come later.
 */
let rig: Rig;
let owner = 8_100;
/** How many records were published before the test. */
let earlier = 0;
/** A command tries for ten seconds to connect to a broker that refuses connections: other tests run meanwhile. */
let unreachable: Promise<ScriptEnd>;
beforeAll(async () => {
  rig = await createRig();
  unreachable = runScript('dead-letters', ['show'], { ...rig.environment, KAFKA_BROKERS: '127.0.0.1:1' });
  await rig.start();
});
beforeEach(async () => {
  owner += 1;
  earlier = (await rig.settled()).length;
  await emptyDeadLetterTopic();
});
afterAll(() => rig.close());

const deadLetters = (...args: readonly string[]) => runScript('dead-letters', args, rig.environment);
const topicOf = ({ env }: { readonly env: string }) => rig.environment[env] ?? env;
/** Returns the dead letters of the running test. */
const deadLettersIn = (seen: readonly Seen[]) =>
  seen.slice(earlier).filter(({ channel }) => channel === deadLetter.name);
const idOf = (deadLetterRecord: Seen | undefined) =>
  (deadLetterRecord && header(deadLetterRecord, 'DEAD_LETTER_ID')) ?? 'none';
const closenessOf = async (id: number) => (await rig.database.pet.findUniqueOrThrow({ where: { id } })).closeness;

/** A dead letter as `--json` prints it. */
interface PrintedDeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly offset: string;
  readonly value: string | null;
  readonly text: string | null;
  readonly replayOf: string | null;
}

async function printedByJson(...args: readonly string[]): Promise<PrintedDeadLetter[]> {
  const { status, stdout, stderr } = await deadLetters('show', '--json', ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PrintedDeadLetter);
}

/** Deletes the records of the dead-letter topic as retention does. */
function emptyDeadLetterTopic(): Promise<void> {
  const topic = topicOf(deadLetter);
  return withAdmin(kafkaClient(String(rig.environment['KAFKA_BROKERS'])), async (admin) => {
    // kafkajs deletes records only of topics whose metadata it has.
    const bounds = await admin.fetchTopicOffsets(topic);
    const partitions = bounds.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
  });
}

/** Returns a record without its topic, partition and offset. */
const contentOf = ({ key, value, timestamp, headers }: TopicRecord) => ({
  key,
  value,
  timestamp,
  headers: Object.entries(headers),
});

describe('show', () => {
  it('lists each dead letter once, on one line of printable characters, and counts the copies', async () => {
    expect((await deadLetters('show')).stdout).toBe(`no dead letters on ${topicOf(deadLetter)}\n`);
    const values = ['\u001b[2J\u202e{', null, Buffer.of(0xff, 0x00), null, 'y'.repeat(1_000)];
    await rig.send(values.map((value) => ({ key: Buffer.of(1), value, partition: 0 })));
    const [first, ...others] = deadLettersIn(await rig.settled());
    for (const { key, value, headers } of [first!, first!, others[0]!]) {
      await rig.send([{ key, value, headers: headers as KafkaMessage['headers'] }], deadLetter);
    }
    await rig.send([{ key: null, value: 'no dead letter' }], deadLetter);

    const { status, stdout } = await deadLetters('show');
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    const lines = stdout.split('\n');
    expect(lines[1]).toContain(`  ${idOf(first)}  ${topicOf(petCommand)}/0@0  `);
    expect(lines.filter((line) => line.startsWith('    ')).map((line) => line.trim())).toEqual([
      '\\u{1b}[2J\\u{202e}{',
      '(no value)',
      '(no value)',
      '0xff00',
      `${'y'.repeat(160)}… (1000 bytes)`,
    ]);
    // A reason is printed once, above all dead letters that share it, although others came between them.
    const why = lines.filter((line) => line.startsWith('INVALID_JSON: '));
    expect(why).toHaveLength(4);
    expect(new Set(why).size).toBe(4);
    expect(lines.at(-2)).toBe(
      '5 dead letters (INVALID_JSON 5), 3 copies left out, 1 record without DEAD_LETTER_ID, topic, partition or offset left out',
    );

    const [all, newest, ambiguous] = await Promise.all([
      printedByJson(),
      printedByJson('--limit', '2'),
      printedByJson('--reason', 'AMBIGUOUS_ASSET'),
    ]);
    expect(all.map(({ value }) => value)).toEqual(
      values.map((value) => (value === null ? null : Buffer.from(value).toString('base64'))),
    );
    expect(newest.map(({ offset }) => offset)).toEqual(['3', '4']);
    expect(ambiguous).toEqual([]);
    const [sinceLongAgo, sinceLater, ofMovements] = await Promise.all([
      printedByJson('--since', '2026-01-01'),
      printedByJson('--since', new Date(Date.now() + 60_000).toISOString()),
      printedByJson('--topic', topicOf(petMovement)),
    ]);
    expect(sinceLongAgo).toHaveLength(5);
    expect(sinceLater).toEqual([]);
    expect(ofMovements).toEqual([]);
  });

  it('reports an unreachable broker and a missing topic', async () => {
    expect(await unreachable).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /The broker refuses connections: 127\.0\.0\.1:1: .* KAFKA_BROKERS.*\(BROKER_UNREACHABLE\)/,
      ),
    });
    const nowhere = { ...rig.environment, [deadLetter.env]: 'nowhere' };
    expect(await runScript('dead-letters', ['show'], nowhere)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('has no topic nowhere'),
    });
  });
});

describe('replay', () => {
  it('sends nothing in a dry run, for an unknown id, or for a topic that this service does not consume', async () => {
    await rig.send([{ key: null, value: '1', partition: 2 }]);
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    const id = idOf(deadLetterRecord);
    const stranger = crypto.randomUUID();
    const before = await rig.sent();
    const others = { ...rig.environment, [petCommand.env]: 'another' };
    const [dry, unknown] = await Promise.all([
      deadLetters('replay', '--all', '--dry-run'),
      deadLetters('replay', '--id', id, stranger),
    ]);
    expect(dry).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`would go  ${id}  to ${topicOf(petCommand)}/2, was ${topicOf(petCommand)}/2@0`),
    });
    expect(unknown).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`no dead letter has the id ${stranger}: nothing was sent`),
    });
    const [foreign, late] = await Promise.all([
      runScript('dead-letters', ['replay', '--all'], others),
      deadLetters('replay', '--all', '--since', new Date(Date.now() + 60_000).toISOString()),
    ]);
    expect(foreign).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`does not consume ${topicOf(petCommand)}, so nothing was sent`),
    });
    expect(late).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0 dead letters sent back'),
    });
    expect(await rig.sent()).toHaveLength(before.length);
  });

  it('of a record that breaks the contract causes another dead letter, with another offset and id', async () => {
    await rig.send([{ key: null, value: 'not JSON', partition: 1 }]);
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    const { stdout } = await deadLetters('replay', '--all');
    expect(stdout).toContain(
      `${idOf(deadLetterRecord)}  to ${topicOf(petCommand)}/1@1, was ${topicOf(petCommand)}/1@0`,
    );
    const again = deadLettersIn(await rig.settled()).at(-1);
    const [printed, shown] = await Promise.all([printedByJson(), deadLetters('show')]);
    expect(printed).toMatchObject([
      { id: idOf(deadLetterRecord), offset: '0' },
      { id: idOf(again), offset: '1', replayOf: idOf(deadLetterRecord) },
    ]);
    expect(shown.stdout).toContain(`was sent back, and became the dead letter ${idOf(again)}`);

    // The second replay does not send the headers of the first dead letter.
    expect((await deadLetters('replay', '--all')).stdout).toMatch(
      /^left out {2}1 dead letter .*\nsent .*\n1 dead letter/,
    );
    await rig.settled();
    expect((await printedByJson()).map(({ replayOf }) => replayOf)).toEqual([
      null,
      idOf(deadLetterRecord),
      idOf(again),
    ]);
    await deadLetters('replay', '--id', idOf(deadLetterRecord));
    const inItsPartition = (await rig.sent()).filter((one) => one.topic === topicOf(petCommand) && one.partition === 1);
    expect(inItsPartition.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]);
  });

  it('sends each record back byte for byte, in order, with the id of its dead letter in a header', async () => {
    const [petId = 0] = await createPets(rig.database, owner, 1);
    const { key, headers } = command(award(petId, 1));
    const none = null as unknown as Buffer;
    const strange = { empty: '', none, twice: ['1', '2'], ['__proto__']: 'x', constructor: 'y', ÄÖ: Buffer.of(0xff) };
    await rig.send(
      [
        { key, value: Buffer.of(0xff, 0xfe, 0x00, 0xc3, 0x28), headers: { ...strange, ...headers } },
        { key, value: null, headers: { DEAD_LETTER_REPLAY_OF: 'from before', ...headers } },
        { key: null, value: Buffer.alloc(0), headers: {} },
        { key: Buffer.alloc(0), value: '\ufeff{}', headers, timestamp: '0' },
        { key: Buffer.of(0xff), value: Buffer.alloc(300_000, 'x'), headers, timestamp: '9223372036854775807' },
      ].map((record) => ({ ...record, partition: 3 })),
    );
    await rig.send([{ key: null, value: '[]', partition: 1 }], assetStatus);
    await rig.send([{ key: null, value: '{"type":[]}', headers: { ...strange }, partition: 2 }], petMovement);
    await rig.seen((seen) => deadLettersIn(seen).length === 7);
    const before = await rig.sent();

    const { status, stdout, stderr } = await deadLetters('replay', '--all');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const after = await rig.sent();
    const byLocation = (records: readonly TopicRecord[]) =>
      new Map(
        records.map((record) => [`${record.topic}/${String(record.partition)}@${String(record.offset)}`, record]),
      );
    const originals = byLocation(before);
    const replays = [...stdout.matchAll(/^sent {6}(\S+) {2}to (\S+), was (\S+)$/gm)].map(
      ([, id, to = '', was = '']) => {
        return { id, back: byLocation(after).get(to)!, was: originals.get(was)! };
      },
    );
    expect(replays).toHaveLength(7);
    for (const { id, back, was } of replays) {
      const { headers: own, timestamp, ...rest } = contentOf(was);
      expect(contentOf(back)).toEqual({
        ...rest,
        timestamp: timestamp > Date.now() ? expect.any(Number) : timestamp,
        headers: [
          ...own.filter(([name]) => !name.startsWith('DEAD_LETTER_')),
          ['DEAD_LETTER_REPLAY_OF', Buffer.from(id!)],
        ],
      });
      expect(back.topic).toBe(was.topic);
      if (was.key === null) expect(back.partition).toBe(was.partition);
    }
    const ofOne = replays.filter(({ was }) => was.topic === topicOf(petCommand) && was.key?.equals(key!) === true);
    expect(ofOne.map(({ was }) => was.offset)).toEqual([0n, 1n]);
    // In the partition of the pet's other commands, which the default partitioner chooses.
    await rig.send([{ key, value: 'probe' }]);
    const probe = (await rig.sent()).find(({ value }) => value?.toString() === 'probe');
    for (const { back } of ofOne) expect(back.partition).toBe(probe?.partition);
    // The replayed records and the probe become dead letters of this test, not of the next one.
    await rig.seen((seen) => deadLettersIn(seen).length === 15);
  });

  it('lets the service apply a record whose fault was corrected meanwhile', async () => {
    const [petId = 0] = await createPets(rig.database, owner, 1);
    await rig.database.$executeRawUnsafe('ALTER TABLE pet ADD CONSTRAINT armed CHECK (closeness < 7777)');
    await rig.send([command(award(petId, 7777)), command(award(petId, 5))]);
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    expect(deadLetterRecord && header(deadLetterRecord, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(await closenessOf(petId)).toBe(5);

    await rig.database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT armed');
    expect(await deadLetters('replay', '--id', idOf(deadLetterRecord))).toMatchObject({ status: 0, stderr: '' });
    expect(deadLettersIn(await rig.settled())).toHaveLength(1);
    expect(await closenessOf(petId)).toBe(7782);
  });

  it('keeps the timestamp of a record, so that an ambiguous asset is resolved as of then', async () => {
    const [first = 0] = await createPets(rig.database, owner, 2);
    const event = { characterId: owner, templateId: TEMPLATE, slot: 1, type: 'DELETED', body: null } as const;
    const record = sendable(assetStatus.encode(event, { ...TENANT, traceparent: newTraceparent() }));
    await rig.send([{ ...record, timestamp: String(Date.now() - 30_000) }], assetStatus);
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    expect(deadLetterRecord && header(deadLetterRecord, 'DEAD_LETTER_REASON')).toBe('AMBIGUOUS_ASSET');

    await rig.database.pet.delete({ where: { id: first } });
    // Created after the asset was deleted: with the time of the replay it would be a candidate.
    const [young = 0] = await createPets(rig.database, owner, 1);
    const later = new Date(Date.now() + 55_000);
    await rig.database.pet.update({ where: { id: young }, data: { createdAt: later } });
    const args = ['replay', '--all', '--reason', 'AMBIGUOUS_ASSET', '--topic', topicOf(assetStatus)];
    expect(await deadLetters(...args)).toMatchObject({ status: 0, stderr: '' });
    expect(deadLettersIn(await rig.settled())).toHaveLength(1);
    const left = await rig.database.pet.findMany({ where: { ownerId: owner } });
    expect(left.map(({ id }) => Number(id))).toEqual([young]);
  });

  it('continues after a record that the broker refuses, and reports it', async () => {
    await rig.send([1, 600_000, 2].map((bytes) => ({ key: null, value: 'x'.repeat(bytes), partition: 0 })));
    const deadLetterRecords = deadLettersIn(await rig.settled());
    const before = await rig.sent();
    await rig.configure(petCommand, { 'max.message.bytes': '500000' });
    const { status, stdout, stderr } = await deadLetters('replay', '--all');
    expect(stdout).toContain(`refused   ${idOf(deadLetterRecords[1])}`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('2 of 3 dead letters were sent') });
    expect(await rig.sent()).toHaveLength(before.length + 2);
  });
});
