/** Runs the readers in other languages that docs/contract.md shows, as they are written there. */
import { spawn as spawnProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { fetchJars } from '../../scripts/embedded/jars.ts';
import { runTool } from '../../scripts/embedded/tool.ts';
import { codeBlocks } from '../contract/published.ts';
import { command, createPets, spawn } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { until } from '../support/until.ts';

const OWNER = 8_201;

let rig: Rig;
let folder: string;
let expected: string;
let events: Seen[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readers-'));
  rig = await createRig();
  const instance = await rig.start();
  const [petId = 0] = await createPets(rig.database, OWNER, 1);
  await rig.send([command(spawn(OWNER, petId))]);
  events = (await rig.settled()).filter(({ channel }) => channel === petStatus.name);
  await instance.stop();
  // A copy, and events of a later version: of unknown types, one of them without an owner, and with unknown fields.
  const last = events.at(-1);
  if (last === undefined) throw new Error('the service sent no event');
  const event = JSON.parse(String(last.value)) as { body: object };
  const later = (sequence: string, value: object) => ({
    key: last.key,
    value: JSON.stringify(value),
    partition: last.partition,
    headers: { ...(last.headers as Record<string, Buffer>), SEQUENCE: sequence },
  });
  const body = { ...event.body, slot: 2, mood: 'good' };
  await rig.send(
    [
      { ...later('0', event), headers: last.headers as Record<string, Buffer> },
      later('900000000', { ...event, type: 'SOMETHING_NEW', body: { any: [1] } }),
      later('900000000', { type: 'SOMETHING_ELSE', body: {} }),
      later('900000001', { ...event, mood: 'good', body }),
    ],
    petStatus,
  );
  events = await rig.settled().then((all) => all.filter(({ channel }) => channel === petStatus.name));
  expected = [0, 2].map((slot) => `v83: pet ${String(petId)} is spawned in slot ${String(slot)}\n`).join('');
});
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

it('the reader in Java', async () => {
  if ((await runTool('javac', ['-version'])) === undefined) {
    console.warn('SKIPPED: the reader in Java, since there is no JDK here');
    return;
  }
  const [code = ''] = await codeBlocks('docs/contract.md', 'java');
  await writeFile(join(folder, 'Reader.java'), code);
  const jars = await fetchJars(console.error);
  await untilItPrints('java', ['-cp', join(jars, '*'), 'Reader.java']);
});

it('the reader in Python', async () => {
  if ((await runTool('python3', ['--version'])) === undefined) {
    console.warn('SKIPPED: the reader in Python, since there is no python3 here');
    return;
  }
  const [code = ''] = await codeBlocks('docs/contract.md', 'python');
  await writeFile(join(folder, 'reader.py'), code);
  // Stands for the package of this name, which only pip has: returns what the broker has.
  const records = events.map(({ value, headers }) => ({
    value: value?.toString('base64'),
    headers: Object.entries(headers).map(([name, header]) => [name, Buffer.from(header as Buffer).toString('base64')]),
  }));
  await writeFile(join(folder, 'records.json'), JSON.stringify(records));
  await writeFile(join(folder, 'confluent_kafka.py'), CONFLUENT_KAFKA);
  await untilItPrints('python3', ['reader.py']);
});

/** Runs a reader until it has printed what is expected, and nothing else. */
async function untilItPrints(program: string, args: readonly string[]): Promise<void> {
  const child = spawnProcess(program, args, { cwd: folder, env: rig.environment });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  try {
    const hasAll = () => {
      if (child.exitCode !== null) throw new Error(`${program} ended:\n${errors}`);
      return Promise.resolve(output.length >= expected.length);
    };
    await until(() => `${program} printed ${output}\n${errors}`, hasAll);
    expect(output).toBe(expected);
  } finally {
    child.kill();
  }
}

const CONFLUENT_KAFKA = `import base64, json, time

class Record:
    def __init__(self, record):
        self.record = record
    def error(self):
        return None
    def value(self):
        return base64.b64decode(self.record["value"])
    def headers(self):
        return [(name, base64.b64decode(header)) for name, header in self.record["headers"]]

class Consumer:
    def __init__(self, config):
        assert config["bootstrap.servers"]
        self.records = json.load(open("records.json"))
    def subscribe(self, topics):
        assert topics[0].endswith("EVENT_TOPIC_PET_STATUS")
    def poll(self, timeout):
        if self.records:
            return Record(self.records.pop(0))
        time.sleep(timeout)
`;
