import type { ReplyRule } from '../rule.ts';

export const replyRemoved: ReplyRule = {
  id: 'reply-removed',
  kind: 'reply',
  title: 'A request is no longer answered',
  directions: ['receive', 'send'],
  about: 'Sent: clients wait for the reply. Received: nobody reads what clients reply.',
  remedy: 'Keep the reply until the next major version.',
  check({ use, after, requests }) {
    if (after !== undefined) return undefined;
    const [why, outcome] =
      use === 'send'
        ? [`Requests on ${requests} are no longer answered`, 'is not answered']
        : [`The replies to requests on ${requests} are no longer read`, 'is answered, and nobody reads the reply'];
    return { verdict: 'breaking', why, outcome };
  },
};
