import type { ParameterRule, RuleFinding } from '../rule.ts';

export const parameterChanged: ParameterRule = {
  id: 'parameter-changed',
  kind: 'parameter',
  title: 'A parameter of an address has another value',
  directions: ['receive', 'send'],
  about: 'With another default, or another location in the message, records go to another topic than before.',
  remedy: 'Keep default and location of the parameter.',
  check({ use, name, before, after, topicOf }) {
    const found: RuleFinding[] = [];
    // Only the side that sends uses the default.
    if (use === 'send' && before.default !== undefined && before.default !== after.default) {
      found.push({
        verdict: 'breaking',
        path: ['default'],
        why: `The default of the parameter ${name} was ${before.default} and is ${after.default ?? 'none'}`,
        outcome: `is sent to ${topicOf(after.default ?? '...')}, not to ${topicOf(before.default)}`,
      });
    }
    if (before.location !== undefined && before.location !== after.location) {
      found.push({
        verdict: 'breaking',
        path: ['location'],
        why: `The value of the parameter ${name} was at ${before.location} and is at ${after.location ?? 'no location'}`,
        outcome: 'is sent to the topic that another value names',
      });
    }
    return found;
  },
};
