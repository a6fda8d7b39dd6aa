/** The upper limit of the service: its SQL in its batches by raw `pg`, without Kafka, Prisma and the rules of the game. */
import type pg from 'pg';
import { awardCloseness } from '../../src/domain/growth.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { ownerKey } from '../../src/keys.ts';
import { insertOffsets } from '../../src/store/tables/consumer-offset.ts';
import { claimOutbox, deleteOutbox } from '../../src/store/tables/outbox.ts';
import type { Connection } from '../../src/store/statement.ts';
import { WAIT } from '../../src/unit-of-work/locks.ts';
import { UnitOfWork } from '../../src/unit-of-work/unit-of-work.ts';
import type { Award } from './award-workload.ts';

const BATCH = 1_000;
const GROUP = 'bench';
const PARTITIONS = [0, 1, 2, 3];
const TOPIC = 'COMMAND_TOPIC_PET';

interface Call {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The statements of one batch: those of its unit of work, and those of the publisher's transaction. */
export interface RecordedBatch {
  readonly work: readonly Call[];
  readonly publish: readonly Call[];
}

/** Runs the batches once through the store's own functions, and records each statement with its parameters. */
export async function record(client: pg.Client, sent: readonly Award[]): Promise<RecordedBatch[]> {
  const names = new Map<string, string>();
  let calls: Call[] = [];
  const run = async (text: string, values: unknown[]) => {
    const name = names.get(text) ?? `s${String(names.size)}`;
    names.set(text, name);
    calls.push({ name, text, values });
    return client.query({ name, text, values });
  };
  const connection = {
    $queryRawUnsafe: async (text: string, ...values: unknown[]) => (await run(text, values)).rows as unknown[],
    $executeRawUnsafe: async (text: string, ...values: unknown[]) => (await run(text, values)).rowCount,
  } as unknown as Connection;

  await insertOffsets(
    connection,
    GROUP,
    PARTITIONS.map((partition) => ({ topic: TOPIC, partition, next: 0n })),
  );
  const batches: RecordedBatch[] = [];
  for (let start = 0; start < sent.length; start += BATCH) {
    calls = [];
    const streams = await applyAwards(connection, sent.slice(start, start + BATCH), BigInt(start));
    const work = calls;
    calls = [];
    const { ids } = await claimOutbox(connection, { channel: petStatus.name, floor: 0n }, streams, 2_000);
    await deleteOutbox(connection, ids);
    batches.push({ work, publish: calls });
  }
  return batches;
}

async function applyAwards(connection: Connection, batch: readonly Award[], start: bigint): Promise<string[]> {
  const topicPartitions = PARTITIONS.map((partition) => ({ topic: TOPIC, partition }));
  const unit = new UnitOfWork(connection, WAIT);
  await unit.lockOffsets(GROUP, topicPartitions);
  const targets = batch.map(({ tenantId, petId }) => ({ tenantId, petId, load: [] }));
  await unit.load(targets);
  const { rosters } = unit;
  const entries = batch.flatMap(({ amount, transactionId }, index) => {
    const target = targets[index];
    const pet = target && rosters.view(target).pet;
    if (target === undefined || pet === undefined) throw new Error('a pet is missing');
    const changed = awardCloseness(pet, amount, transactionId);
    rosters.apply(changed);
    const context = {
      TENANT_ID: target.tenantId,
      REGION: 'GMS',
      MAJOR_VERSION: 83,
      MINOR_VERSION: 1,
      traceparent: newTraceparent(),
    };
    return changed.events.map((event) => ({
      stream: ownerKey(target.tenantId, event.ownerId),
      channel: petStatus.name,
      record: petStatus.encode(event, context),
    }));
  });
  unit.outbox.push(...entries);
  const next = start + BigInt(batch.length);
  unit.advanceOffsets(
    GROUP,
    topicPartitions.map((topicPartition) => ({
      ...topicPartition,
      next,
      lastApplied: { offset: next - 1n, timestamp: 0 },
    })),
  );
  await unit.flush();
  return [...new Set(entries.map(({ stream }) => stream))];
}

/**
 * Runs the recorded statements as the service does: those of the publisher concurrently with the next unit of work, on a
 * connection of their own.
 * @returns the seconds that they took.
 */
export async function replay(work: pg.Client, publish: pg.Client, batches: readonly RecordedBatch[]): Promise<number> {
  for (const partition of PARTITIONS) {
    await work.query('INSERT INTO consumer_offset VALUES ($1, $2, $3, 0)', [GROUP, TOPIC, partition]);
  }
  const started = performance.now();
  let publishing: Promise<void> = Promise.resolve();
  for (const batch of batches) {
    await inTransaction(work, batch.work);
    await publishing;
    publishing = inTransaction(publish, batch.publish);
  }
  await publishing;
  return (performance.now() - started) / 1000;
}

async function inTransaction(client: pg.Client, calls: readonly Call[]): Promise<void> {
  await client.query('BEGIN');
  for (const call of calls) await client.query(call);
  await client.query('COMMIT');
}
