/** The values of /metrics after a known amount of work. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { award, command, createPets, spawn } from './support/commands.ts';
import type { Instance } from './support/instance.ts';
import { createRig } from './support/rig.ts';
import type { Rig } from './support/rig.ts';
import { until } from './support/until.ts';

const OWNER = 8_001;

let rig: Rig;
let instance: Instance;
beforeAll(async () => {
  rig = await createRig();
  instance = await rig.start({ KAFKA_COMPRESSION: 'gzip' });
});
afterAll(() => rig.close());

/** Returns a function from name and labels to the value of a metric, or NaN. The service collects them once a second. */
async function metricValues(): Promise<(line: string) => number> {
  const text = await (await fetch(`${instance.url}/metrics`)).text();
  const values = new Map(
    text.split('\n').map((line) => [line.replace(/ \S+$/, ''), Number(line.slice(line.lastIndexOf(' ')))]),
  );
  return (line) => values.get(line) ?? NaN;
}

it('starts the counters that alerts watch at 0, since Prometheus sees no increase in one that begins with 1', async () => {
  const value = await metricValues();
  for (const name of ['COMMAND_TOPIC_PET', 'EVENT_TOPIC_ASSET_STATUS']) {
    const topic = rig.environment[name] ?? '';
    expect(value(`pets_dead_letters_total{topic="${topic}",reason="AMBIGUOUS_ASSET"}`)).toBe(0);
    expect(value(`pets_unreadable_batches_total{topic="${topic}"}`)).toBe(0);
  }
});

it('counts rejections and dead letters by reason, and observes the latency of each sent record', async () => {
  const [petId = 0] = await createPets(rig.database, OWNER, 1);
  const commands = rig.environment['COMMAND_TOPIC_PET'] ?? '';
  const { headers } = command(award(petId, 1));
  await rig.send([
    command(award(petId, 1)),
    command(award(petId, 1)),
    command(spawn(OWNER + 1, petId)),
    { key: null, value: '{"type":"SPAWN"}', headers },
    { key: null, value: '{', headers },
  ]);
  await rig.settled();
  const latency = (channel: string) => `pets_event_latency_seconds_count{channel="${channel}"}`;
  await until(
    () => 'the dead letters are not counted',
    async () => (await metricValues())(latency('deadLetter')) === 2,
  );

  const value = await metricValues();
  expect(value(`pets_records_total{topic="${commands}",outcome="changed"}`)).toBe(2);
  expect(value('pets_rejections_total{command="SPAWN",reason="NOT_OWNER"}')).toBe(1);
  expect(value(`pets_dead_letters_total{topic="${commands}",reason="INVALID_PAYLOAD"}`)).toBe(1);
  expect(value(`pets_dead_letters_total{topic="${commands}",reason="INVALID_JSON"}`)).toBe(1);
  // The first award raises the pet's level too.
  expect(value(latency('petStatus'))).toBe(3);
  expect(value(latency('petCommandStatus'))).toBe(1);
  expect(value('pets_event_latency_seconds_sum{channel="petStatus"}')).toBeGreaterThan(0);
});

it('has the release, and the bytes with and without compression', async () => {
  const text = await (await fetch(`${instance.url}/metrics`)).text();
  expect(text).toMatch(/^pets_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+",compression="gzip"\} 1$/m);
  const value = await metricValues();
  const sent = (form: string) => value(`pets_record_bytes_total{direction="sent",codec="gzip",form="${form}"}`);
  expect(sent('compressed')).toBeGreaterThan(0);
  expect(sent('decompressed')).toBeGreaterThan(sent('compressed'));
});
