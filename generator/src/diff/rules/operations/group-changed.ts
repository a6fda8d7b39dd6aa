import type { Operation } from '../questions.ts';
import type { OperationRule, RuleFinding } from '../rule.ts';

export const groupChanged: OperationRule = {
  id: 'group-changed',
  kind: 'operation',
  title: 'A consumer group is renamed',
  directions: ['receive'],
  about: 'The offsets belong to the old group. The new one starts elsewhere: records are read twice or not at all.',
  remedy: 'Keep the group, or copy its offsets to the new one before the first start.',
  check({ before, after }) {
    const found: RuleFinding[] = [];
    const path = ['bindings', 'kafka', 'groupId'];
    const [group, otherGroup = 'none'] = [before.contract.groupId, after.contract.groupId];
    if (group !== undefined && group !== after.contract.groupId) {
      found.push({
        verdict: 'breaking',
        path,
        why: `The consumer group was ${group} and is ${otherGroup}: it does not have the offsets of the old one`,
        outcome: `was read by the group ${group}, and is read again or missed by the group ${otherGroup}`,
      });
    }
    const [variable, otherVariable] = [variableOf(before), variableOf(after)];
    if (variable !== undefined && variable !== otherVariable) {
      found.push({
        verdict: 'breaking',
        path: [...path, 'x-env'],
        why: `The variable ${variable} named the consumer group; now ${otherVariable ?? 'none'} does`,
        outcome: `is read by another consumer group where ${variable} is set`,
      });
    }
    return found;
  },
};

function variableOf({ object }: Operation): string | undefined {
  const groupId = object.bindings?.kafka?.groupId as { readonly 'x-env'?: string } | undefined;
  return groupId?.['x-env'];
}
