/** `npm run dead-letters` with a real broker and database: shows dead letters, and sends their records back unchanged. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { award, command, createPets, header, sendable, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { runScript } from '../support/script.ts';

const OWNER = 8_100;
const TEMPLATE = 5_000_017;

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const deadLetters = (...args: readonly string[]) => runScript('dead-letters', args, rig.environment);
const topicOf = ({ env }: { readonly env: string }) => rig.environment[env] ?? env;
const deadLettersIn = (seen: readonly Seen[]) => seen.filter(({ channel }) => channel === deadLetter.name);
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

/** Sets max.message.bytes of the command topic. */
async function limitBatchesTo(bytes: string): Promise<void> {
  const admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: bytes }];
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topicOf(petCommand), configEntries }] });
  await admin.disconnect();
}

/** Returns a record without its topic, partition and offset. */
const contentOf = ({ key, value, timestamp, headers }: TopicRecord) => ({
  key,
  value,
  timestamp,
  headers: Object.entries(headers),
});

describe('replay', () => {
  it('sends each record back byte for byte, in order, with the id of its dead letter in a header', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER, 1);
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
    const instance = await rig.start();
    await rig.send([{ key: null, value: '{"type":[]}', headers: { ...strange }, partition: 2 }], petMovement);
    await rig.seen((seen) => deadLettersIn(seen).length === 7);
    const before = await rig.sent();
    await instance.stop();

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
  });

  it('lets the service apply a record whose fault was corrected meanwhile', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER, 1);
    await rig.database.$executeRawUnsafe('ALTER TABLE pet ADD CONSTRAINT armed CHECK (closeness < 7777)');
    await rig.send([command(award(petId, 7777)), command(award(petId, 5))]);
    await rig.start();
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    expect(deadLetterRecord && header(deadLetterRecord, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(await closenessOf(petId)).toBe(5);

    await rig.database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT armed');
    expect(await deadLetters('replay', '--id', idOf(deadLetterRecord))).toMatchObject({ status: 0, stderr: '' });
    expect(deadLettersIn(await rig.settled())).toHaveLength(1);
    expect(await closenessOf(petId)).toBe(7782);
  });

  it('keeps the timestamp of a record, so that an ambiguous asset is resolved as of then', async () => {
    const [first = 0] = await createPets(rig.database, OWNER, 2);
    await rig.start();
    const event = { characterId: OWNER, templateId: TEMPLATE, slot: 1, type: 'DELETED', body: null } as const;
    const record = sendable(assetStatus.encode(event, { ...TENANT, traceparent: newTraceparent() }));
    await rig.send([{ ...record, timestamp: String(Date.now() - 30_000) }], assetStatus);
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    expect(deadLetterRecord && header(deadLetterRecord, 'DEAD_LETTER_REASON')).toBe('AMBIGUOUS_ASSET');

    await rig.database.pet.delete({ where: { id: first } });
    // Created after the asset was deleted: with the time of the replay it would be a candidate.
    const [young = 0] = await createPets(rig.database, OWNER, 1);
    const later = new Date(Date.now() + 55_000);
    await rig.database.pet.update({ where: { id: young }, data: { createdAt: later } });
    const args = ['replay', '--all', '--reason', 'AMBIGUOUS_ASSET', '--topic', topicOf(assetStatus)];
    expect(await deadLetters(...args)).toMatchObject({ status: 0, stderr: '' });
    expect(deadLettersIn(await rig.settled())).toHaveLength(1);
    expect((await rig.database.pet.findMany()).map(({ id }) => Number(id))).toEqual([young]);
  });

  it('of a record that breaks the contract causes another dead letter, with another offset and id', async () => {
    await rig.send([{ key: null, value: 'not JSON', partition: 1 }]);
    await rig.start();
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    const { stdout } = await deadLetters('replay', '--all');
    expect(stdout).toContain(
      `${idOf(deadLetterRecord)}  to ${topicOf(petCommand)}/1@1, was ${topicOf(petCommand)}/1@0`,
    );
    const again = deadLettersIn(await rig.settled()).at(-1);
    expect(await printedByJson()).toMatchObject([
      { id: idOf(deadLetterRecord), offset: '0' },
      { id: idOf(again), offset: '1', replayOf: idOf(deadLetterRecord) },
    ]);
    expect((await deadLetters('show')).stdout).toContain(`was sent back, and became the dead letter ${idOf(again)}`);

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
    expect((await rig.sent()).map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]);
  });

  it('sends nothing in a dry run, for an unknown id, or for a topic that this service does not consume', async () => {
    await rig.send([{ key: null, value: '1', partition: 0 }]);
    await rig.start();
    const [deadLetterRecord] = deadLettersIn(await rig.settled());
    const id = idOf(deadLetterRecord);
    const stranger = crypto.randomUUID();
    expect(await deadLetters('replay', '--all', '--dry-run')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`would go  ${id}  to ${topicOf(petCommand)}/0, was ${topicOf(petCommand)}/0@0`),
    });
    expect(await deadLetters('replay', '--id', id, stranger)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`no dead letter has the id ${stranger}: nothing was sent`),
    });
    const others = { ...rig.environment, [petCommand.env]: 'another' };
    expect(await runScript('dead-letters', ['replay', '--all'], others)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`does not consume ${topicOf(petCommand)}, so nothing was sent`),
    });
    const late = ['--since', new Date(Date.now() + 60_000).toISOString()];
    expect(await deadLetters('replay', '--all', ...late)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0 dead letters sent back'),
    });
    expect(await rig.sent()).toHaveLength(1);
  });

  it('continues after a record that the broker refuses, and reports it', async () => {
    await rig.send([1, 600_000, 2].map((bytes) => ({ key: null, value: 'x'.repeat(bytes), partition: 0 })));
    const instance = await rig.start();
    const deadLetterRecords = deadLettersIn(await rig.settled());
    await instance.stop();
    await limitBatchesTo('500000');
    const { status, stdout, stderr } = await deadLetters('replay', '--all');
    expect(stdout).toContain(`refused   ${idOf(deadLetterRecords[1])}`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('2 of 3 dead letters were sent') });
    expect(await rig.sent()).toHaveLength(5);
  });
});

describe('show', () => {
  it('lists each dead letter once, on one line of printable characters, and counts the copies', async () => {
    expect((await deadLetters('show')).stdout).toBe(`no dead letters on ${topicOf(deadLetter)}\n`);
    const values = ['\u001b[2J\u202e{', null, Buffer.of(0xff, 0x00), null, 'y'.repeat(1_000)];
    await rig.send(values.map((value) => ({ key: Buffer.of(1), value, partition: 0 })));
    await rig.start();
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

    expect((await printedByJson()).map(({ value }) => value)).toEqual(
      values.map((value) => (value === null ? null : Buffer.from(value).toString('base64'))),
    );
    expect((await printedByJson('--limit', '2')).map(({ offset }) => offset)).toEqual(['3', '4']);
    expect(await printedByJson('--reason', 'AMBIGUOUS_ASSET')).toEqual([]);
    expect(await printedByJson('--since', '2026-01-01')).toHaveLength(5);
    expect(await printedByJson('--since', new Date(Date.now() + 60_000).toISOString())).toEqual([]);
    expect(await printedByJson('--topic', topicOf(petMovement))).toEqual([]);
  });

  it('reports an unreachable broker and a missing topic', async () => {
    expect(
      await runScript('dead-letters', ['show'], { ...rig.environment, KAFKA_BROKERS: '127.0.0.1:1' }),
    ).toMatchObject({
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
