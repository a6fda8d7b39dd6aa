import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import { insertPets, OWNERS, ownerOf, PETS, tenantOf } from './award-workload.ts';
import { cpuPerRecord } from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { connect } from './databases.ts';
import type { Figure, Scenario } from './scenario.ts';
import { spawnService } from './service.ts';
import type { BenchService } from './service.ts';
import { PARTITIONS, withTopics } from './topics.ts';
import type { Topics } from './topics.ts';

/** Movements of one run; each pet moves as often as the others, in turn. */
const MOVEMENTS = 200_000;
/** Milliseconds between two looks at how many are done. */
const LOOK_EVERY = 50;
/** Without one more for this long, the run has failed. Milliseconds. */
const PATIENCE = 30_000;

/** Where the pet stands after this movement. */
function placeOf(index: number) {
  const round = Math.floor(index / PETS);
  return { x: (index % 30_000) - 15_000, y: round, stance: round % 256, fh: 1 + (round % 100) };
}

export const movement: Scenario = {
  name: 'movement',
  about: '200,000 movements of the same pets, preloaded: movements per second, beside idle other traffic.',
  title: 'movement: 200,000 movements, first to last',
  async prepare(bench) {
    const copy = await bench.databases.template('movement', insertPets);
    return async (run) => {
      const name = `bench-movement-${String(run)}`;
      const databaseUrl = await copy(String(run));
      return withTopics(bench, name, async (topics) => {
        await topics.preload(petMovement, MOVEMENTS, toRecord);
        // The group would start at what comes: it is told that it has read nothing.
        const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '0' }));
        const groupId = `${name}-movement`;
        await topics.admin.setOffsets({ groupId, topic: topics.of(petMovement), partitions });
        const service = spawnService(bench, { run: name, databaseUrl, topics });
        const figure = await measure(service, () => doneOf(topics, groupId));
        const client = await connect(databaseUrl);
        const faults = await check(client);
        await client.end();
        return [{ subject: 'service', unit: '/s', ...figure, faults }];
      });
    };
  },
};

/** From the first look that finds some done to the one that finds all done. */
async function measure(
  service: BenchService,
  doneSoFar: () => Promise<number>,
): Promise<Pick<Figure, 'value' | 'cpu'>> {
  try {
    let last = { at: Date.now(), done: 0 };
    let first: { at: number; done: number; cpu: Cpu } | undefined;
    for (;;) {
      const now = { at: Date.now(), done: await doneSoFar() };
      if (now.done > last.done) last = now;
      else if (now.at - last.at > PATIENCE) throw new Error(`only ${String(now.done)} movements were taken in`);
      if (now.done > 0) first ??= { ...now, cpu: service.cpu() };
      if (first !== undefined && now.done >= MOVEMENTS) {
        const value = (now.done - first.done) / ((now.at - first.at) / 1_000);
        return { value, cpu: cpuPerRecord(first.cpu, service.cpu(), MOVEMENTS - first.done) };
      }
      await sleep(LOOK_EVERY);
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
      ...placeOf(index),
    },
    { TENANT_ID: tenantOf(petId), REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1, traceparent: newTraceparent() },
  );
}

/** How many movements were written, or superseded by one that was: the group commits after that. */
async function doneOf(topics: Topics, groupId: string): Promise<number> {
  const [answer] = await topics.admin.fetchOffsets({ groupId, topics: [topics.of(petMovement)] });
  return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

async function check(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query<{ pet_id: string; x: number; y: number; stance: number; fh: number }>(
    'SELECT pet_id, x, y, stance, fh FROM pet_position',
  );
  const faults = rows.flatMap(({ pet_id: petId, ...place }) => {
    const pet = Number(petId) - 1;
    const lastRound = Math.floor((MOVEMENTS - 1 - pet) / PETS);
    const expected = JSON.stringify(placeOf(lastRound * PETS + pet));
    return JSON.stringify(place) === expected
      ? []
      : [`pet ${petId} stands at ${JSON.stringify(place)}, not ${expected}`];
  });
  return rows.length === PETS
    ? faults
    : [`${String(rows.length)} positions of ${String(OWNERS)} owners' pets`, ...faults];
}
