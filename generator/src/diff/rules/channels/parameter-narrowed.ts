import type { ParameterRule } from '../rule.ts';

export const parameterNarrowed: ParameterRule = {
  id: 'parameter-narrowed',
  kind: 'parameter',
  title: 'A parameter of an address loses values',
  directions: ['receive', 'send'],
  about: 'Each value of a parameter is a topic. Clients still use the topic that the new version does not have.',
  remedy: 'Keep the value.',
  check({ use, name, before, after, topicOf }) {
    const kept = after.enum;
    if (kept === undefined) return undefined;
    const lost = (before.enum ?? []).filter((value) => !kept.includes(value));
    if (before.enum !== undefined && lost.length === 0) return undefined;
    const topic = topicOf(lost[0] ?? 'another');
    return {
      verdict: 'breaking',
      path: ['enum'],
      why:
        before.enum === undefined
          ? `The parameter ${name} had any value, and now has only ${kept.join(', ')}`
          : `The parameter ${name} loses ${lost.join(', ')}`,
      outcome:
        use === 'receive'
          ? `is sent to ${topic}, which is no topic of the new version`
          : `is no longer sent to ${topic}`,
    };
  },
};
