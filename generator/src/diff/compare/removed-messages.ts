/** Finds the messages of the old version that the new one does not handle, or no longer sends. */
import { sentPayload } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { isIncluded } from '../schema/proof/includes.ts';
import type { Use } from '../service.ts';
import { isAmbiguous } from './ambiguous.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import type { Match } from './match-messages.ts';
import { payloadTakenFor } from './produced.ts';

interface Removed {
  readonly match: Match;
  /** A payload that is not handled, if it is not just any of the message. */
  readonly payload?: unknown;
}

/** Whether a side sends what the other one takes for its message. Where readers never could, it is enough that the payload fits. */
function isProduced(reader: Side, writer: Side): boolean {
  if (payloadTakenFor(reader, writer) !== undefined) return true;
  return isAmbiguous(reader) && isIncluded([sentPayload(reader.message)], sentPayload(writer.message));
}

export function removedMessages(
  comparison: Comparison,
  { before, after }: ChannelPair,
  use: Use,
  old: readonly Match[],
  now: readonly Match[],
): Removed[] {
  if (use === 'send') {
    const sent = now.map(({ message }) => comparison.side('new', after, message, 'client'));
    // Several messages may be one now.
    const isSent = ({ message, other, isUsed }: Match) =>
      isUsed && now.some((one) => one.message === other && one.other === message);
    return old
      .filter((match) => {
        const reader = comparison.side('old', before, match.message, 'client');
        return !isSent(match) && !sent.some((writer) => isProduced(reader, writer));
      })
      .map((match) => ({ match }));
  }
  const unhandled = after.contract.messages
    .filter(({ component }) => after.uses.receive?.has(component) !== true)
    .map((message) => comparison.side('new', after, message, 'service'));
  return old.flatMap((match): Removed[] => {
    if (!match.isUsed) return [{ match }];
    const writer = comparison.side('old', before, match.message, 'service');
    const payload = unhandled.map((reader) => payloadTakenFor(reader, writer)).find((one) => one !== undefined);
    return payload === undefined ? [] : [{ match, payload }];
  });
}
