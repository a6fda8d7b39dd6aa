import { recordWith } from '../../records/located.ts';
import { hasTopic } from '../../topics.ts';
import type { ParameterRule } from '../rule.ts';

export const parameterNarrowed: ParameterRule = {
  id: 'parameter-narrowed',
  kind: 'parameter',
  title: 'A parameter of an address loses values',
  directions: ['receive', 'send'],
  about: 'Each value of a parameter is a topic. Clients still use the topic that the new version does not have.',
  remedy: 'Keep the value.',
  check({ use, name, old, now, newChannels, writer, topicOf }) {
    const kept = now.enum;
    if (kept === undefined) return undefined;
    const isThere = (value: string) => newChannels.some((channel) => hasTopic(channel, topicOf(value)));
    const lost = (old.enum ?? []).filter((value) => !kept.includes(value) && !isThere(value));
    if (old.enum !== undefined && lost.length === 0) return undefined;
    const value = lost[0] ?? 'another';
    const topic = topicOf(value);
    return {
      verdict: 'breaking',
      path: ['enum'],
      why:
        old.enum === undefined
          ? `The parameter ${name} had any value, and now has only ${kept.join(', ')}`
          : `The parameter ${name} loses ${lost.join(', ')}`,
      topic,
      ...(writer !== undefined && { record: recordWith(writer, [[old.location, value]]) }),
      outcome:
        use === 'receive'
          ? `is sent to ${topic}, which is no topic of the new version`
          : `is no longer sent to ${topic}`,
    };
  },
};
