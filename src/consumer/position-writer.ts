import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { bisectTransactions } from '../bisect.ts';
import { sentence } from '../errors.ts';
import type { PositionReport } from '../domain/movement.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPort } from '../publisher-port.ts';
import { inTransaction, limitLockWait, LOCK_TIMEOUT_MS } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';
import { savePositions } from '../store/tables/position-reports.ts';
import type { Tenants } from '../store/tenants.ts';
import { WAIT } from '../unit-of-work/locks.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';
import { messageOf } from '../waiting.ts';
import type { PendingPositions, ReadOffset } from './pending-positions.ts';
import { reportDeadLetters } from './report.ts';

const MAX_REPORTS_PER_STATEMENT = 5_000;

export interface PositionWriterContext {
  readonly database: Database;
  readonly topic: string;
  readonly publisher: Pick<PublisherPort, 'publish' | 'isFull'>;
  readonly tenants: Tenants;
  readonly log: Logger;
}

/**
 * Writes everything that was read so far: tenants, positions, dead letters.
 *
 * @returns the offsets that may be committed: none if nothing was read, or if dead letters have to wait for their channel.
 * @throws the error of an outage. What was not written stays pending.
 */
export async function writePending(
  context: PositionWriterContext,
  pending: PendingPositions,
): Promise<readonly ReadOffset[]> {
  const { readOffsets, deadLetters, sightings } = pending;
  if (readOffsets.length === 0) return [];
  await context.tenants.saveSeen(context.database, sightings);
  pending.forgetSightings(sightings);
  await writeReports(context, pending);
  if (deadLetters.length > 0) {
    if (context.publisher.isFull(deadLetter.name)) return [];
    await writeDeadLetters(context, pending, deadLetters);
  }
  pending.forgetReadOffsets(readOffsets);
  return readOffsets;
}

async function writeReports({ database, log }: PositionWriterContext, pending: PendingPositions): Promise<void> {
  const { reports } = pending;
  for (let start = 0; start < reports.length; start += MAX_REPORTS_PER_STATEMENT) {
    await bisectTransactions(
      reports.slice(start, start + MAX_REPORTS_PER_STATEMENT),
      (some, isRetry) => saveReports(database, pending, some, isRetry),
      (report, error) => {
        // A position that cannot be saved, while others can, is not worth waiting for: the pet's next one replaces it.
        pending.forgetReports([report]);
        metrics.movements.inc({ outcome: 'failed' });
        const { tenantId, petId } = report;
        log.debug({ tenantId, petId, error: messageOf(error) }, 'failed to save the position of a pet');
      },
    );
  }
}

async function saveReports(
  database: Database,
  pending: PendingPositions,
  reports: readonly PositionReport[],
  isRetry: boolean,
): Promise<void> {
  const { written, unknown, foreign, stale } = await inTransaction(database, async (transaction) => {
    await limitLockWait(transaction, isRetry ? LOCK_TIMEOUT_MS.retry : LOCK_TIMEOUT_MS.first);
    return savePositions(transaction, reports);
  });
  pending.forgetReports(reports);
  const superseded = reports.length - written - unknown - foreign - stale;
  for (const [outcome, count] of Object.entries({ written, superseded, unknown, foreign, stale })) {
    metrics.movements.inc({ outcome }, count);
  }
}

async function writeDeadLetters(
  { database, topic, publisher, log }: PositionWriterContext,
  pending: PendingPositions,
  deadLetters: readonly OutboxEntry[],
): Promise<void> {
  await bisectTransactions(
    deadLetters,
    async (some) => {
      const committed = await inUnitOfWork(database, WAIT, (unit) => {
        for (const entry of some) unit.outbox.push(entry);
        return unit.flush();
      });
      pending.forgetDeadLetters(some.length);
      metrics.records.inc({ topic, outcome: 'dead_letter' }, some.length);
      publisher.publish(committed);
      reportDeadLetters(log, some);
    },
    ({ record }, error) => {
      pending.forgetDeadLetters(1);
      const { DEAD_LETTER_PARTITION: partition, DEAD_LETTER_OFFSET: offset } = record.headers;
      const what = sentence('DEAD_LETTER_LOST', 'Failed to save the dead letter of a movement, which is lost');
      log.error({ topic, partition, offset, error: messageOf(error) }, what);
    },
  );
}
