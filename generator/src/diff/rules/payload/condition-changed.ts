import type { PayloadRule } from '../rule.ts';

export const conditionChanged: PayloadRule = {
  id: 'condition-changed',
  kind: 'payload',
  title: 'A value is excluded by a condition',
  directions: ['receive', 'send'],
  keywords: ['not', 'if', 'then', 'else', 'depth'],
  about: 'The reader excludes values, by `not` or by conditions, that the writer may send.',
  remedy: 'Forbid nothing that was allowed before.',
};
