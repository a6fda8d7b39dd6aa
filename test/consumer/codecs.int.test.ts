/** Compressed records from real Java producers and to real Java consumers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { COMPRESSIONS } from '../../src/transport/compression.ts';
import { award, command, createPets } from '../support/commands.ts';
import { required } from '../support/database.ts';
import { startJavaPeer } from '../support/java-peer.ts';
import type { JavaPeer } from '../support/java-peer.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import { storedBatches } from '../support/segment.ts';

const OWNER = 8_200;
const PARTITION = 2;
/** The ids of codecs in Kafka's protocol. */
const CODEC = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

let java: JavaPeer;
let rig: Rig;
let petId: number;
beforeAll(async () => {
  java = await startJavaPeer(required('TEST_KAFKA_BROKERS'));
  for (const compression of COMPRESSIONS) await java.open(compression, compression);
});
afterAll(() => java.close());
beforeEach(async () => {
  rig = await createRig();
  [petId = 0] = await createPets(rig.database, OWNER, 1);
});
afterEach(() => rig.close());

const topicOf = ({ env }: { readonly env: string }) => rig.environment[env] ?? env;
const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;
const awards = (...amounts: readonly number[]) => amounts.map((amount) => command(award(petId, amount)));
const codecsOn = async (topic: string, partition: number) =>
  (await storedBatches(topic, partition)).map(({ codec }) => codec);

describe('a compressed record of another client', () => {
  it('is applied in every codec and framing, mixed in one partition', async () => {
    const topic = topicOf(petCommand);
    let amount = 1;
    const three = () => awards(amount++, amount++, amount++);
    for (const compression of [...COMPRESSIONS, ...COMPRESSIONS]) {
      await java.send(compression, topic, PARTITION, three());
      await java.flush(compression);
      // By kafkajs: snappy without Java's framing, LZ4 of another library.
      await rig.send(three().map((record) => ({ ...record, partition: PARTITION })), petCommand, compression); // prettier-ignore
    }
    const each = Object.values(CODEC).flatMap((codec) => [codec, codec]);
    expect(await codecsOn(topic, PARTITION)).toEqual([...each, ...each]);

    const instance = await rig.start();
    await rig.settled();
    expect(await closeness()).toBe(((amount - 1) * amount) / 2);
    expect(instance.output()).not.toContain('not ready');
  });
});

describe('a record that the service sends', () => {
  it.each(COMPRESSIONS)(
    'is compressed by %s and read by Java clients, also if it is a replayed dead letter',
    async (compression) => {
      const variables = { KAFKA_COMPRESSION: compression };
      const bad = ['{"broken', 'x'.repeat(20_000)].map((value) => ({ value, headers: { NAME: 'text' } }));
      await java.send(compression, topicOf(petCommand), PARTITION, [...bad, ...awards(1, 2)]);
      await java.flush(compression);
      await rig.start(variables);
      const seen = await rig.settled();
      expect(await closeness()).toBe(3);

      for (const channel of [deadLetter, petStatus]) {
        const topic = topicOf(channel);
        const [first] = seen.filter((record) => record.topic === topic);
        const records = seen.filter(({ topic: of, partition }) => of === topic && partition === first?.partition);
        expect(records.length).toBeGreaterThan(0);
        const values = records.map(({ value }) => value?.toString() ?? null);
        expect(await java.read(topic, first!.partition, records.length)).toEqual(values);
        expect(new Set(await codecsOn(topic, first!.partition))).toEqual(new Set([CODEC[compression]]));
      }

      const replayed = await runScript('dead-letters', ['replay', '--all'], { ...rig.environment, ...variables });
      expect(replayed).toMatchObject({
        status: 0,
        stderr: '',
        stdout: expect.stringContaining('2 dead letters sent back'),
      });
      const values = await java.read(topicOf(petCommand), PARTITION, 6);
      expect(values.slice(4)).toEqual(bad.map(({ value }) => value));
      expect((await codecsOn(topicOf(petCommand), PARTITION)).slice(-2)).toEqual([
        CODEC[compression],
        CODEC[compression],
      ]);
      // The replayed records still break the contract.
      expect((await rig.settled()).filter(({ channel }) => channel === deadLetter.name)).toHaveLength(4);
    },
  );
});
