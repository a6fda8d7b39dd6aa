import type { Lane } from '../../src/consumer/lane.ts';
import type { QueuedRecord } from '../../src/consumer/queued-record.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import { Knowledge } from '../../src/reference/facts.ts';
import { award, command } from './commands.ts';
import { referencesOf } from './facts.ts';

/** Decodes a queued record as if it were a command; its value is not read. */
export function decodeAsCommand(queued: QueuedRecord): void {
  const decoded = petCommands.decode({ ...queued.record, ...command(award(1, 1)) });
  if (decoded.kind !== 'task') throw new Error('a command is no task');
  const context = { ...decoded.context, forwarded: {} };
  queued.decode({ ...decoded, context }, new Knowledge(referencesOf({}), context));
}

/** Applies the first records of a lane: as if they were of a type that is skipped, if they are not decoded. */
export function applyFirst(lane: Lane, count: number, next = lane.nextAfter(count)): void {
  for (const queued of lane.first(count)) if (queued.state === 'queued') queued.skip();
  lane.applied(count, next, { offset: next - 1n, timestamp: 0 });
}
