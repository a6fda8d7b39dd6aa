import type { Operation } from '../questions.ts';
import type { OperationRule, RuleFinding } from '../rule.ts';

export const groupChanged: OperationRule = {
  id: 'group-changed',
  kind: 'operation',
  title: 'A consumer group is renamed',
  directions: ['receive'],
  about:
    'The offsets belong to the old group. Without them, the new one starts elsewhere: records are read twice or not at all. No document states whether they are copied.',
  remedy:
    'Keep the group. Otherwise copy its offsets to the new one before the first start, and then waive this finding.',
  check({ before, after }) {
    const found: RuleFinding[] = [];
    const path = ['bindings', 'kafka', 'groupId'];
    const [group, otherGroup] = [before.contract.groupId, after.contract.groupId];
    // Without a group in the new version, nothing states that it is another one.
    if (group !== undefined && otherGroup !== undefined && group !== otherGroup) {
      const why = `The consumer group was ${group} and is ${otherGroup}; it is not known whether it has the offsets of the old one`;
      found.push({ verdict: 'look', path, why });
    }
    const [variable, otherVariable] = [variableOf(before), variableOf(after)];
    if (variable !== undefined && variable !== otherVariable) {
      const why = `The variable ${variable} named the consumer group; now ${otherVariable ?? 'none'} does, and it is not known whether a deployment sets it`;
      found.push({ verdict: 'look', path: [...path, 'x-env'], why });
    }
    return found;
  },
};

function variableOf({ object }: Operation): string | undefined {
  const groupId = object.bindings?.kafka?.groupId as { readonly 'x-env'?: string } | undefined;
  return groupId?.['x-env'];
}
