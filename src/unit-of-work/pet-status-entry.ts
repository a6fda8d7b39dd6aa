import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { Fault } from '../../generated/contract/record.js';
import { withForwarded } from '../context.ts';
import type { Context } from '../context.ts';
import { InvariantError } from '../invariant.ts';
import { ownerKey } from '../keys.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';

/**
 * Encodes a pet status event for the outbox, in its owner's stream.
 *
 * @param sourceTimestamp of the consumed record that caused it, if there is one.
 * @throws {InvariantError} if it breaks the contract, which is a bug of the rule.
 */
export function petStatusEntry(event: PetStatusEvent, context: Context, sourceTimestamp?: number): OutboxEntry {
  return {
    ...(sourceTimestamp !== undefined && { sourceTimestamp }),
    stream: ownerKey(context.TENANT_ID, event.ownerId),
    channel: petStatus.name,
    record: withForwarded(petStatus.encode(requireValid(petStatus, event), context), context),
  };
}

/** Returns the event. @throws {InvariantError} if it breaks the contract. */
export function requireValid<Event>(
  channel: { name: string; check(event: unknown): Fault | undefined },
  event: Event,
): Event {
  const fault = channel.check(event);
  if (fault === undefined) return event;
  throw new InvariantError(`${channel.name} event breaks the contract: ${fault.pointer} ${fault.sentence}`);
}
