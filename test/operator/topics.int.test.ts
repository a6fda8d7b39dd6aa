/** `npm run topics`: the topics and partitions that it creates, and what it prints. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { startKafkaCluster } from '../../scripts/embedded/kafka.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { required } from '../support/database.ts';
import { fewAtOnce, runScript } from '../support/script.ts';
import type { ScriptEnd } from '../support/script.ts';
import { createTopics } from '../support/topics.ts';

let admin: Admin;
let names: Record<string, string>;
beforeEach(async () => {
  names = newNames();
  admin = kafkaClient(required('TEST_KAFKA_BROKERS')).admin();
  await admin.connect();
});
afterEach(async () => {
  await admin.deleteTopics({ topics: await createdTopics() });
  await admin.disconnect();
});

function newNames(): Record<string, string> {
  const prefix = `t_${randomUUID().slice(0, 8)}`;
  return Object.fromEntries(channels.map(({ env, address }) => [env, `${prefix}.${address}`]));
}

/** Returns the topics of the test that exist. */
async function createdTopics(): Promise<string[]> {
  const created = new Set(await admin.listTopics());
  return Object.values(names).filter((name) => created.has(name));
}

const run = (...args: readonly string[]) =>
  runScript('topics', args, { ...process.env, ...names, KAFKA_BROKERS: required('TEST_KAFKA_BROKERS') });

/** Returns the number of partitions of each topic. */
async function partitionCounts(): Promise<Record<string, number>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: Object.values(names) });
  return Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
}

const characters = () => names[characterStatus.env] ?? '';
const all = (count: number) => Object.fromEntries(Object.values(names).map((name) => [name, count]));

/** Returns the cells of the table's line about a topic. */
function cells(stdout: string, topic: string): string[] {
  const line = stdout.split('\n').find((one) => one.split(/ {2,}/)[1] === topic) ?? '';
  return line.split(/ {2,}/);
}

const ONE_BROKER = 'warning: acked records can be lost with one broker, since there is 1 replica, of every topic';

describe('npm run topics', () => {
  it('reports a topic that the broker does not create, with the reason', async () => {
    // All characters are valid, so only the broker rejects the name.
    const bad = '..';
    const env = { ...process.env, ...names, [characterStatus.env]: bad, KAFKA_BROKERS: required('TEST_KAFKA_BROKERS') };
    const { status, stdout, stderr } = await runScript('topics', [], env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^npm run topics: the broker did not create \.\. \(.*invalid topic.*\)\n$/);
  });

  it('creates the partitions of the contract; leaves an existing topic unchanged, and prints what differs', async () => {
    const configEntries = [
      { name: 'retention.ms', value: '60000' },
      { name: 'max.message.bytes', value: '5000' },
    ];
    await createTopics(admin, [{ topic: characters(), numPartitions: 2, configEntries }]);
    const { status, stdout, stderr } = await run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(ONE_BROKER) });
    expect(await partitionCounts()).toEqual({ ...all(4), [characters()]: 2 });
    const commands = String(names['COMMAND_TOPIC_PET']);
    expect(cells(stdout, commands)).toEqual(['created', commands, '4', '1', '1', '7 d', 'petId, so the commands of one pet keep their order']); // prettier-ignore
    expect(cells(stdout, characters()).slice(0, 6)).toEqual(['present', characters(), '2', '1', '1', '1 m']);
    const broker = required('TEST_KAFKA_BROKERS');
    const alter = `kafka-configs.sh --bootstrap-server ${broker} --alter --entity-type topics --entity-name ${characters()}`;
    const differences = stdout.split('\n').slice(stdout.split('\n').indexOf('') + 1);
    expect(differences).toEqual([
      'left as they are, though they differ from what would be created:',
      `  ${characters()}: partitions is 2, and would be 4 by asyncapi.yaml`,
      expect.stringContaining(`kafka-topics.sh --bootstrap-server ${broker} --alter --topic ${characters()} --partitions 4`),
      ...[
        ['retention.ms is 60000, and would be 604800000 by asyncapi.yaml', '--add-config retention.ms=604800000'],
        ['max.message.bytes is 5000, and would be the default of the broker', '--delete-config max.message.bytes'],
      ]
        .flatMap(([what, how]) => [`  ${characters()}: ${String(what)}`, `    ${alter} ${String(how)}`]),
      '',
    ]); // prettier-ignore
  });

  it('--json prints one document', async () => {
    await createTopics(admin, [{ topic: characters(), numPartitions: 5 }]);
    const { status, stdout } = await run('--json', '--retention', '12h');
    expect(status).toBe(0);
    const { topics, warnings } = JSON.parse(stdout) as { topics: { topic: string }[]; warnings: string[] };
    expect(warnings).toEqual([expect.stringContaining('every topic')]);
    expect(topics).toHaveLength(channels.length);
    const commands = String(names['COMMAND_TOPIC_PET']);
    expect(topics.find(({ topic }) => topic === commands)).toEqual({
      topic: commands,
      channel: 'petCommand',
      state: 'created',
      settings: {
        partitions: '4',
        'replication.factor': '1',
        'min.insync.replicas': '1',
        'cleanup.policy': 'delete',
        'retention.ms': '43200000',
      },
      differences: [],
    });
    expect(topics.find(({ topic }) => topic === characters())).toMatchObject({
      state: 'present',
      differences: expect.arrayContaining([
        { name: 'partitions', actual: '5', wanted: '4', source: 'asyncapi.yaml', change: 'Kafka cannot take partitions away' },
        expect.objectContaining({ name: 'retention.ms', wanted: '43200000', source: '--retention' }),
      ]), // prettier-ignore
    });
  });

  it('creates as many partitions as --partitions requests, for every topic', async () => {
    const { status, stdout } = await run('--partitions', '1');
    expect(status).toBe(0);
    expect(await partitionCounts()).toEqual(all(1));
    expect(cells(stdout, characters()).slice(0, 3)).toEqual(['created', characters(), '1']);
    const [again, others] = await Promise.all([run('--partitions', '1'), run('--partitions', '3')]);
    expect(again.stdout).not.toContain('differ');
    expect(others.stdout).toContain(`${characters()}: partitions is 1, and would be 3 by --partitions`);
    expect(await partitionCounts()).toEqual(all(1));
  });

  it('creates nothing in a dry run', async () => {
    const { status, stdout } = await run('--dry-run');
    expect(status).toBe(0);
    expect(cells(stdout, characters()).slice(0, 3)).toEqual(['missing', characters(), '4']);
    expect(await createdTopics()).toEqual([]);
  });
});

describe('npm run topics refuses', () => {
  const counts = ['0', '1001', '-1', '2.5', '1e2', 'four', ''];
  const others = [
    [['--retention', '7'], 2, '--retention takes a time as 7d, 12h, 30m or 45s, not "7"'],
    [['--replication-factor', '2'], 1, 'the cluster has 1 broker, too few for --replication-factor 2: nothing was created'],
    [['--min-insync-replicas', '2'], 1, 'min.insync.replicas 2 is more than the replication factor 1, so nobody could write'],
  ] as const; // prettier-ignore

  const lines = [...counts.map((count) => [`--partitions=${count}`]), ...others.map(([args]) => args)];
  /** How each command line ended. */
  const ends = new Map<string, ScriptEnd>();
  /** All command lines have these names: none may create them. */
  const refused = newNames();
  beforeAll(async () => {
    names = refused;
    const works = lines.map((args) => async () => ends.set(args.join(' '), await run(...args)));
    await fewAtOnce(works);
  });
  beforeEach(() => {
    names = refused;
  });

  it.each(counts)('%p partitions, and creates nothing', async (count) => {
    expect(ends.get(`--partitions=${count}`)).toEqual({
      status: 2,
      stdout: '',
      stderr: `npm run topics: --partitions takes a number from 1 to 1000, not "${count}". See: npm run topics -- --help\n`,
    });
    expect(await createdTopics()).toEqual([]);
  });

  it.each(others)('%p, and creates nothing', async (args, status, what) => {
    expect(ends.get(args.join(' '))).toEqual({ status, stdout: '', stderr: expect.stringContaining(what) });
    expect(await createdTopics()).toEqual([]);
  });
});

describe('npm run topics in a cluster of three brokers', () => {
  it('creates 3 replicas, of which 2 must ack, and warns about fewer', async () => {
    const folder = await temporaryFolder();
    const kafka = await startKafkaCluster(3, folder.path);
    const runHere = (...args: readonly string[]) =>
      runScript('topics', args, { ...process.env, ...names, KAFKA_BROKERS: kafka.address });
    try {
      const few = await runHere('--dry-run', '--replication-factor', '2');
      expect(cells(few.stdout, characters()).slice(2, 5)).toEqual(['4', '2', '1']);
      expect(few.stderr).toContain('since min.insync.replicas is 1, of every topic');

      const { status, stdout, stderr } = await runHere();
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(cells(stdout, characters()).slice(0, 5)).toEqual(['created', characters(), '4', '3', '2']);
      const [again, other] = await Promise.all([runHere(), runHere('--replication-factor', '1')]);
      expect(again).toEqual({
        status: 0,
        stdout: stdout.replaceAll('created', 'present'),
        stderr: '',
      });
      expect(other.stdout).toContain(
        `${characters()}: replication.factor is 3, and would be 1 by --replication-factor`,
      );
    } finally {
      await kafka.stop();
      await folder.remove();
    }
  });
});
