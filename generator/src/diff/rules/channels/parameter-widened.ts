import { hasTopic } from '../../topics.ts';
import type { ParameterRule } from '../rule.ts';

export const parameterWidened: ParameterRule = {
  id: 'parameter-widened',
  kind: 'parameter',
  title: 'A parameter of an address gets values',
  directions: ['receive', 'send'],
  about:
    'Each new value is a topic. The service reads it too; or it sends there, and readers that subscribe to the topics one by one do not see it.',
  remedy: 'Sent: announce the new topic before records are sent to it that were sent to another one before.',
  check({ use, name, old, now, oldChannels, topicOf }) {
    const known = old.enum;
    if (known === undefined) return undefined;
    const isOld = (value: string) =>
      known.includes(value) || oldChannels.some((channel) => hasTopic(channel, topicOf(value)));
    const added = now.enum?.filter((value) => !isOld(value));
    if (added?.length === 0) return undefined;
    const values = added?.join(', ') ?? 'any value';
    if (use === 'receive')
      return { verdict: 'safe', why: `The parameter ${name} gets ${values}: further topics are read` };
    const why = `The parameter ${name} gets ${values}; it is not known whether readers subscribe to these topics`;
    return { verdict: 'look', why };
  },
};
