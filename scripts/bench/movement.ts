import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { insertPets, OWNERS, ownerOf, PETS, tenantOf } from './award-workload.ts';
import { cpuPerRecord } from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { connect } from './databases.ts';
import type { Figure, Scenario } from './scenario.ts';
import { spawnService } from './service.ts';
import type { BenchService } from './service.ts';
import { PARTITIONS, withTopics } from './topics.ts';
import type { Topics } from './topics.ts';

/** Movements of one run, one pet after the other, so that all move equally often. */
const MOVEMENTS = 200_000;
const POLL_INTERVAL_MS = 50;
/** The run fails if the number of processed movements does not grow for so long. */
const MAX_STALL_MS = 30_000;

/** Returns the position of the pet after this movement. */
function positionAfter(index: number) {
  const round = Math.floor(index / PETS);
  return { x: (index % 30_000) - 15_000, y: round, stance: round % 256, fh: 1 + (round % 100) };
}

export const movement: Scenario = {
  name: 'movement',
  about: '200,000 movements of the same pets, preloaded: movements per second, without other traffic.',
  title: 'movement: 200,000 movements, first to last',
  async prepare(bench) {
    const copy = await bench.databases.template('movement', insertPets);
    return async (run) => {
      const name = `bench-movement-${String(run)}`;
      const databaseUrl = await copy(String(run));
      return withTopics(bench, name, async (topics) => {
        await topics.preload(petMovement, MOVEMENTS, toRecord);
        // A group without offsets starts at the end of the topic, so its offsets are set to the start.
        const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '0' }));
        const groupId = `${name}-movement`;
        await topics.admin.setOffsets({ groupId, topic: topics.of(petMovement), partitions });
        const service = spawnService(bench, { run: name, databaseUrl, topics });
        const figure = await measure(service, () => processedMovements(topics, groupId));
        const client = await connect(databaseUrl);
        const faults = await check(client);
        await client.end();
        return [{ subject: 'service', unit: '/s', ...figure, faults }];
      });
    };
  },
};

/** Measures from the first poll with processed movements to the one with all of them. */
async function measure(
  service: BenchService,
  processedSoFar: () => Promise<number>,
): Promise<Pick<Figure, 'value' | 'cpu'>> {
  try {
    let last = { at: Date.now(), processed: 0 };
    let first: { at: number; processed: number; cpu: Cpu } | undefined;
    for (;;) {
      const now = { at: Date.now(), processed: await processedSoFar() };
      if (now.processed > last.processed) last = now;
      else if (now.at - last.at > MAX_STALL_MS)
        throw new Error(`only ${String(now.processed)} movements were processed`);
      if (now.processed > 0) first ??= { ...now, cpu: service.cpu() };
      if (first !== undefined && now.processed >= MOVEMENTS) {
        const value = (now.processed - first.processed) / ((now.at - first.at) / 1_000);
        return { value, cpu: cpuPerRecord(first.cpu, service.cpu(), MOVEMENTS - first.processed) };
      }
      await sleep(POLL_INTERVAL_MS);
    }
  } finally {
    await service.stop();
  }
}

function toRecord(index: number) {
  const petId = 1 + (index % PETS);
  return petMovement.encode(
    {
      worldId: 0,
      channelId: 1,
      mapId: 100_000_000,
      instance: '00000000-0000-0000-0000-000000000000',
      objectId: petId,
      observerId: ownerOf(petId),
      ...positionAfter(index),
    },
    { TENANT_ID: tenantOf(petId), REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1, traceparent: newTraceparent() },
  );
}

/** Returns how many movements were saved, or superseded by a saved one: the group commits their offsets after that. */
async function processedMovements(topics: Topics, groupId: string): Promise<number> {
  const [answer] = await topics.admin.fetchOffsets({ groupId, topics: [topics.of(petMovement)] });
  return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

async function check(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query<{ pet_id: string; x: number; y: number; stance: number; fh: number }>(
    'SELECT pet_id, x, y, stance, fh FROM pet_position',
  );
  const faults = rows.flatMap(({ pet_id: petId, ...position }) => {
    const pet = Number(petId) - 1;
    const lastRound = Math.floor((MOVEMENTS - 1 - pet) / PETS);
    const expected = JSON.stringify(positionAfter(lastRound * PETS + pet));
    return JSON.stringify(position) === expected
      ? []
      : [`pet ${petId} is at ${JSON.stringify(position)}, not ${expected}`];
  });
  return rows.length === PETS
    ? faults
    : [`${String(rows.length)} positions of ${String(OWNERS)} owners' pets`, ...faults];
}
