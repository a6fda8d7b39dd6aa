import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import type { PetCommandStatusEvent } from '../../generated/contract/messages/pet-command-status.js';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';
import type { Applied } from './batch.ts';

/** Counts what a unit of work did, and logs its dead letters. Called after the commit. */
export function report(log: Logger, { progress, answers }: Applied): void {
  for (const { lane, outcomes } of progress) {
    for (const [outcome, records] of Map.groupBy(outcomes, (one) => one)) {
      metrics.records.inc({ topic: lane.topic, outcome }, records.length);
    }
  }
  reportDeadLetters(log, answers);
  for (const entry of answers) {
    if (entry.channel === petCommandStatus.name) reportRejection(log, entry);
  }
}

/** Counts the dead letters among the entries, and logs a line for each. */
export function reportDeadLetters(log: Logger, entries: readonly OutboxEntry[]): void {
  for (const { channel, record } of entries) {
    if (channel !== deadLetter.name) continue;
    const text = (name: string) => String(record.headers[`DEAD_LETTER_${name}`]);
    metrics.deadLetters.inc({ topic: text('TOPIC'), reason: text('REASON') });
    log.warn(
      { reason: text('REASON'), topic: text('TOPIC'), partition: text('PARTITION'), offset: text('OFFSET') },
      `dead letter: ${text('MESSAGE')}`,
    );
  }
}

/** Counts a rejection. It is a normal answer, and logged at debug only. */
function reportRejection(log: Logger, { record: { value, headers } }: OutboxEntry): void {
  const { body } = JSON.parse(String(value)) as PetCommandStatusEvent;
  metrics.rejections.inc({ command: body.command, reason: body.reason });
  if (!log.isLevelEnabled('debug')) return;
  log.debug({ rejection: String(value), traceparent: String(headers['traceparent']) }, 'command rejected');
}
