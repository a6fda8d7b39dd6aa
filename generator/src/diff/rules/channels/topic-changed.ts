import { topicOf } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const topicChanged: ChannelRule = {
  id: 'topic-changed',
  kind: 'channel',
  title: 'A channel has another topic',
  directions: ['receive', 'send'],
  about:
    'The topic is the address, or the topic of the Kafka binding. One side writes to a topic that the other one does not read.',
  remedy: 'Keep the topic. To move it, serve both topics for one version: add a channel with the new one.',
  check({ use, before, after }) {
    const [was, is] = [before.contract.address, after.contract.address];
    if (was === undefined || topicOf(before) === topicOf(after)) return undefined;
    const [from, to] = use === 'receive' ? [was, is] : [is, was];
    const isBinding = after.object.bindings?.kafka?.topic !== undefined;
    return {
      verdict: 'breaking',
      path: isBinding ? ['bindings', 'kafka', 'topic'] : ['address'],
      why: `The topic was ${was} and is ${is ?? 'unknown'}`,
      outcome: `is sent to ${from ?? 'an unknown topic'}; the reader reads ${to ?? 'an unknown topic'}`,
    };
  },
};
