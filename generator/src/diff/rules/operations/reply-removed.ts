import type { ReplyRule } from '../rule.ts';

export const replyRemoved: ReplyRule = {
  id: 'reply-removed',
  kind: 'reply',
  title: 'A request is no longer answered',
  directions: ['receive', 'send'],
  about: 'Sent: clients wait for the reply. Received: nobody reads what clients reply.',
  remedy: 'Keep the reply until the next major version.',
  check({ after, requests }) {
    if (after !== undefined) return undefined;
    return { verdict: 'breaking', why: `Requests on ${requests} are no longer answered`, outcome: 'is not answered' };
  },
};
