import { hasTopic } from '../../topics.ts';
import type { ParameterRule } from '../rule.ts';

export const parameterWidened: ParameterRule = {
  id: 'parameter-widened',
  kind: 'parameter',
  title: 'A parameter of an address gets values',
  directions: ['send'],
  about: 'Each new value is a topic. Readers that subscribe to the topics one by one do not see what is sent there.',
  remedy: 'Announce the new topic before records are sent to it that were sent to another one before.',
  check({ name, old, now, oldChannels, topicOf }) {
    const known = old.enum;
    if (known === undefined) return undefined;
    const isOld = (value: string) =>
      known.includes(value) || oldChannels.some((channel) => hasTopic(channel, topicOf(value)));
    const added = now.enum?.filter((value) => !isOld(value));
    if (added?.length === 0) return undefined;
    const values = added?.join(', ') ?? 'any value';
    const why = `The parameter ${name} gets ${values}; it is not known whether readers subscribe to these topics`;
    return { verdict: 'look', why };
  },
};
