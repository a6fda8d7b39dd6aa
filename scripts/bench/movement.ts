/** How many movements a second the service takes in, beside idle other traffic. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import { kafkaClient } from '../kafka/read-topics.ts';
import { OWNERS, ownerOf, PETS, tenantOf } from './award-workload.ts';
import { createTopics, HTTP_URL, PARTITIONS, spawnService, written } from './service.ts';
import type { Parts, ServiceRun } from './service.ts';

/** Movements of one run; each pet moves as often as the others, in turn. */
export const MOVEMENTS = 200_000;
const SENT_AT_ONCE = 5_000;
/** Milliseconds between two looks at how many are done. */
const LOOK_EVERY = 50;
/** Without one more for this long, the run has failed. Milliseconds. */
const PATIENCE = 30_000;

export interface MovementRun {
  /** From the first look that finds some done to the one that finds all done. */
  readonly perSecond: number;
  readonly cpu: ServiceRun['cpu'];
  /** What is wrong with the final positions. */
  readonly faults: readonly string[];
}

/** Where the pet stands after this movement. */
function placeOf(index: number) {
  const round = Math.floor(index / PETS);
  return { x: (index % 30_000) - 15_000, y: round, stance: round % 256, fh: 1 + (round % 100) };
}

export async function runMovement(
  parts: Parts,
  run: string,
  url: string,
  database: pg.Client,
  say: (line: string) => void,
): Promise<MovementRun> {
  const admin = kafkaClient(parts.brokers).admin();
  await admin.connect();
  const topics = await createTopics(admin, run);
  const topic = topics[petMovement.env] ?? '';
  await preload(parts.brokers, topic);
  if ((await written(admin, topic)) !== MOVEMENTS) throw new Error('not every movement lies on the topic');
  // The group would start at what comes: it is told that it has read nothing.
  const offsets = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '0' }));
  await admin.setOffsets({ groupId: `${run}-movement`, topic, partitions: offsets });
  say(`${String(MOVEMENTS)} movements preloaded`);

  const service = spawnService(parts, run, url, topics, say);
  try {
    let last = { at: Date.now(), done: 0 };
    let first: { at: number; done: number; cpu: ServiceRun['cpu'] } | undefined;
    for (;;) {
      const now = { at: Date.now(), done: await done() };
      if (now.done > last.done) last = now;
      else if (now.at - last.at > PATIENCE) throw new Error(`only ${String(now.done)} movements were taken in`);
      if (now.done > 0) first ??= { ...now, cpu: service.cpu() };
      if (first !== undefined && now.done >= MOVEMENTS) {
        const cpu = service.cpu();
        const seconds = (now.at - first.at) / 1_000;
        return {
          perSecond: (now.done - first.done) / seconds,
          cpu: {
            service: cpu.service - first.cpu.service,
            broker: cpu.broker - first.cpu.broker,
            database: cpu.database - first.cpu.database,
          },
          faults: await check(database),
        };
      }
      await sleep(LOOK_EVERY);
    }
  } finally {
    await service.stop();
    await admin.deleteTopics({ topics: Object.values(topics) });
    await admin.disconnect();
  }
}

async function preload(brokers: string, topic: string): Promise<void> {
  const producer = kafkaClient(brokers).producer();
  await producer.connect();
  for (let start = 0; start < MOVEMENTS; start += SENT_AT_ONCE) {
    const messages = Array.from({ length: SENT_AT_ONCE }, (_, at) => {
      const index = start + at;
      const petId = 1 + (index % PETS);
      const { key, value, headers } = petMovement.encode(
        {
          worldId: 0,
          channelId: 1,
          mapId: 100_000_000,
          instance: '00000000-0000-0000-0000-000000000000',
          objectId: petId,
          observerId: ownerOf(petId),
          ...placeOf(index),
        },
        {
          TENANT_ID: tenantOf(petId),
          REGION: 'GMS',
          MAJOR_VERSION: 83,
          MINOR_VERSION: 1,
          traceparent: newTraceparent(),
        },
      );
      return { key, value, headers: headers as Record<string, Buffer | string> };
    });
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

/** How many movements have come to an end, as the service counts them; 0 while it does not answer. */
async function done(): Promise<number> {
  const answer = await fetch(`${HTTP_URL}/metrics`).catch(() => undefined);
  const counts = [...((await answer?.text()) ?? '').matchAll(/^pets_movements_total\{outcome="(\w+)"\} (\d+)/gm)];
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
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
