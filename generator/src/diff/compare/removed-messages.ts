/** Finds the messages of the old version that the new one does not handle, or no longer sends. */
import type { Use } from '../service.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import type { Match } from './match-messages.ts';
import { payloadTakenFor } from './produced.ts';

interface Removed {
  readonly match: Match;
  /** A payload that is not handled, if it is not just any of the message. */
  readonly payload?: unknown;
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
        return !isSent(match) && sent.every((writer) => payloadTakenFor(reader, writer) === undefined);
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
