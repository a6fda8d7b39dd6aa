import type { ChannelRule } from '../rule.ts';

export const topicVariableChanged: ChannelRule = {
  id: 'topic-variable-changed',
  kind: 'channel',
  title: 'Another variable names the topic',
  directions: ['receive', 'send'],
  about:
    'A deployment that sets the old variable (`x-env`) gets the default topic: the service and its clients no longer meet.',
  remedy: 'Keep the name of the variable.',
  check({ before, after }) {
    const [was, is] = [before.contract.env, after.contract.env];
    if (was === undefined || was === is) return undefined;
    const other = after.contract.address ?? 'another one';
    return {
      verdict: 'breaking',
      path: ['x-env'],
      why: `The variable ${was} named the topic; now ${is === undefined ? 'none does' : `${is} does`}`,
      outcome: `is sent to the topic that ${was} names, if that is set; the other side uses ${other}`,
    };
  },
};
