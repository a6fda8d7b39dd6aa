import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.ts';
import type { Fault } from '../../generated/contract/record.ts';
import { withForwarded } from '../context.ts';
import type { Context } from '../context.ts';
import { ownerKey } from '../keys.ts';
import type { OutboxEntry } from './outbox.ts';

/**
 * A pet status event on its way into the outbox, in its owner's stream.
 *
 * @param sourceTimestamp of the consumed record that caused it, if there is one.
 * @throws where it breaks the contract: a bug of the rule that told it.
 */
export function eventEntry(event: PetStatusEvent, context: Context, sourceTimestamp?: number): OutboxEntry {
  return {
    ...(sourceTimestamp !== undefined && { sourceTimestamp }),
    stream: ownerKey(context.TENANT_ID, event.ownerId),
    channel: petStatus.name,
    record: withForwarded(petStatus.encode(checked(petStatus, event), context), context),
  };
}

/** An event that breaks the contract is a bug of whoever tells it. */
export function checked<Event>(
  channel: { name: string; check(event: unknown): Fault | undefined },
  event: Event,
): Event {
  const fault = channel.check(event);
  if (fault === undefined) return event;
  throw new Error(`${channel.name} event breaks the contract: ${fault.pointer} ${fault.sentence}`);
}
