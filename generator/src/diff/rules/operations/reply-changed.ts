import { recordHaving } from '../../records/located.ts';
import type { ReplyRule, RuleFinding } from '../rule.ts';

export const replyChanged: ReplyRule = {
  id: 'reply-changed',
  kind: 'reply',
  title: 'The reply to a request goes elsewhere',
  directions: ['receive', 'send'],
  about:
    'Sent: clients wait for the reply on the old channel, or at the address that the old location names. Received: clients reply there.',
  remedy: 'Keep channel and address of the reply.',
  check({ use, before, after, writer, sameChannels }) {
    const found: RuleFinding[] = [];
    if (after === undefined) return found;
    if (before.address !== undefined && before.address !== after.address) {
      const sent = use === 'send' ? before.address : after.address;
      found.push({
        verdict: 'breaking',
        path: ['address'],
        why: `The address of the reply was at ${before.address} and is at ${after.address ?? 'no location'}`,
        ...(writer !== undefined && sent !== undefined && { record: recordHaving(writer, sent) }),
        outcome: 'is answered at another address',
      });
    }
    // Another rule finds a channel that is removed.
    const isKept = sameChannels.length === 0 || sameChannels.some((name) => name === after.channel);
    if (before.channel !== undefined && !isKept) {
      found.push({
        verdict: 'breaking',
        path: ['channel'],
        why: `The reply was sent to ${before.channel} and is sent to ${after.channel ?? 'no channel'}`,
        outcome: 'is answered on another channel',
      });
    }
    return found;
  },
};
