/** `npm run dead-letters` on the real parts: what lies there is shown, and goes back as it came. */
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
const lettersIn = (seen: readonly Seen[]) => seen.filter(({ channel }) => channel === deadLetter.name);
const idOf = (letter: Seen | undefined) => (letter && header(letter, 'DEAD_LETTER_ID')) ?? 'none';
const closenessOf = async (id: number) => (await rig.database.pet.findUniqueOrThrow({ where: { id } })).closeness;

/** As `--json` prints them. */
interface Shown {
  readonly id: string;
  readonly reason: string;
  readonly offset: string;
  readonly value: string | null;
  readonly text: string | null;
  readonly replayOf: string | null;
}

async function shown(...args: readonly string[]): Promise<Shown[]> {
  const { status, stdout, stderr } = await deadLetters('show', '--json', ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Shown);
}

/** What the command topic takes at most. */
async function limitTo(bytes: string): Promise<void> {
  const admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: bytes }];
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topicOf(petCommand), configEntries }] });
  await admin.disconnect();
}

/** What a record is but for its place. */
const contentOf = ({ key, value, timestamp, headers }: TopicRecord) => ({
  key,
  value,
  timestamp,
  headers: Object.entries(headers),
});

describe('replay', () => {
  it('brings each back byte for byte, in their order, with the id of its letter', async () => {
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
    await rig.seen((seen) => lettersIn(seen).length === 7);
    const before = await rig.sent();
    await instance.stop();

    const { status, stdout, stderr } = await deadLetters('replay', '--all');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const after = await rig.sent();
    const byPlace = (records: readonly TopicRecord[]) =>
      new Map(
        records.map((record) => [`${record.topic}/${String(record.partition)}@${String(record.offset)}`, record]),
      );
    const old = byPlace(before);
    const moves = [...stdout.matchAll(/^sent {6}(\S+) {2}to (\S+), was (\S+)$/gm)].map(([, id, to = '', was = '']) => {
      return { id, back: byPlace(after).get(to)!, was: old.get(was)! };
    });
    expect(moves).toHaveLength(7);
    for (const { id, back, was } of moves) {
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
    const ofOne = moves.filter(({ was }) => was.topic === topicOf(petCommand) && was.key?.equals(key!) === true);
    expect(ofOne.map(({ was }) => was.offset)).toEqual([0n, 1n]);
    // Where the pet's other commands are: as the default partitioner says.
    await rig.send([{ key, value: 'where' }]);
    const home = (await rig.sent()).find(({ value }) => value?.toString() === 'where');
    for (const { back } of ofOne) expect(back.partition).toBe(home?.partition);
  });

  it('has applied what failed for a fault that is mended', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER, 1);
    await rig.database.$executeRawUnsafe('ALTER TABLE pet ADD CONSTRAINT armed CHECK (closeness < 7777)');
    await rig.send([command(award(petId, 7777)), command(award(petId, 5))]);
    await rig.start();
    const [letter] = lettersIn(await rig.settled());
    expect(letter && header(letter, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(await closenessOf(petId)).toBe(5);

    await rig.database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT armed');
    expect(await deadLetters('replay', '--id', idOf(letter))).toMatchObject({ status: 0, stderr: '' });
    expect(lettersIn(await rig.settled())).toHaveLength(1);
    expect(await closenessOf(petId)).toBe(7782);
  });

  it('has judged by its own time what could have been several pets and is one now', async () => {
    const [first = 0] = await createPets(rig.database, OWNER, 2);
    await rig.start();
    const event = { characterId: OWNER, templateId: TEMPLATE, slot: 1, type: 'DELETED', body: null } as const;
    const record = sendable(assetStatus.encode(event, { ...TENANT, traceparent: newTraceparent() }));
    await rig.send([{ ...record, timestamp: String(Date.now() - 30_000) }], assetStatus);
    const [letter] = lettersIn(await rig.settled());
    expect(letter && header(letter, 'DEAD_LETTER_REASON')).toBe('AMBIGUOUS_ASSET');

    await rig.database.pet.delete({ where: { id: first } });
    // Bought long after the item was gone: with the time of the replay it would be a candidate.
    const [young = 0] = await createPets(rig.database, OWNER, 1);
    const later = new Date(Date.now() + 55_000);
    await rig.database.pet.update({ where: { id: young }, data: { createdAt: later } });
    const args = ['replay', '--all', '--reason', 'AMBIGUOUS_ASSET', '--topic', topicOf(assetStatus)];
    expect(await deadLetters(...args)).toMatchObject({ status: 0, stderr: '' });
    expect(lettersIn(await rig.settled())).toHaveLength(1);
    expect((await rig.database.pet.findMany()).map(({ id }) => Number(id))).toEqual([young]);
  });

  it('makes what breaks the contract a dead letter again, of another place and id', async () => {
    await rig.send([{ key: null, value: 'not JSON', partition: 1 }]);
    await rig.start();
    const [letter] = lettersIn(await rig.settled());
    const { stdout } = await deadLetters('replay', '--all');
    expect(stdout).toContain(`${idOf(letter)}  to ${topicOf(petCommand)}/1@1, was ${topicOf(petCommand)}/1@0`);
    const again = lettersIn(await rig.settled()).at(-1);
    expect(await shown()).toMatchObject([
      { id: idOf(letter), offset: '0' },
      { id: idOf(again), offset: '1', replayOf: idOf(letter) },
    ]);
    expect((await deadLetters('show')).stdout).toContain(`was sent back, and became the dead letter ${idOf(again)}`);

    // What it was before is not sent along with it.
    expect((await deadLetters('replay', '--all')).stdout).toMatch(
      /^left out {2}1 dead letter .*\nsent .*\n1 dead letter/,
    );
    await rig.settled();
    expect((await shown()).map(({ replayOf }) => replayOf)).toEqual([null, idOf(letter), idOf(again)]);
    await deadLetters('replay', '--id', idOf(letter));
    expect((await rig.sent()).map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]);
  });

  it('sends nothing in a dry run, nor where something is not there or not of this service', async () => {
    await rig.send([{ key: null, value: '1', partition: 0 }]);
    await rig.start();
    const [letter] = lettersIn(await rig.settled());
    const id = idOf(letter);
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

  it('goes on where the broker refuses one, and says so', async () => {
    await rig.send([1, 600_000, 2].map((bytes) => ({ key: null, value: 'x'.repeat(bytes), partition: 0 })));
    const instance = await rig.start();
    const letters = lettersIn(await rig.settled());
    await instance.stop();
    await limitTo('500000');
    const { status, stdout, stderr } = await deadLetters('replay', '--all');
    expect(stdout).toContain(`refused   ${idOf(letters[1])}`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('2 of 3 dead letters were sent') });
    expect(await rig.sent()).toHaveLength(5);
  });
});

describe('show', () => {
  it('lists each letter once, in one line each that harms no terminal, and counts the copies', async () => {
    expect((await deadLetters('show')).stdout).toBe(`no dead letters on ${topicOf(deadLetter)}\n`);
    const values = ['\u001b[2J\u202e{', null, Buffer.of(0xff, 0x00), null, 'y'.repeat(1_000)];
    await rig.send(values.map((value) => ({ key: Buffer.of(1), value, partition: 0 })));
    await rig.start();
    const [first, ...others] = lettersIn(await rig.settled());
    for (const { key, value, headers } of [first!, first!, others[0]!]) {
      await rig.send([{ key, value, headers: headers as KafkaMessage['headers'] }], deadLetter);
    }
    await rig.send([{ key: null, value: 'no letter' }], deadLetter);

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
    // What is wrong is said once, above those with the same, although others came between them.
    const why = lines.filter((line) => line.startsWith('INVALID_JSON: '));
    expect(why).toHaveLength(4);
    expect(new Set(why).size).toBe(4);
    expect(lines.at(-2)).toBe(
      '5 dead letters (INVALID_JSON 5), 3 copies left out, 1 record without DEAD_LETTER_ID, topic, partition or offset left out',
    );

    expect((await shown()).map(({ value }) => value)).toEqual(
      values.map((value) => (value === null ? null : Buffer.from(value).toString('base64'))),
    );
    expect((await shown('--limit', '2')).map(({ offset }) => offset)).toEqual(['3', '4']);
    expect(await shown('--reason', 'AMBIGUOUS_ASSET')).toEqual([]);
    expect(await shown('--since', '2026-01-01')).toHaveLength(5);
    expect(await shown('--since', new Date(Date.now() + 60_000).toISOString())).toEqual([]);
    expect(await shown('--topic', topicOf(petMovement))).toEqual([]);
  });

  it('says what it lacks', async () => {
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
