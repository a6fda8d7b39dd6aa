import type { PayloadRule } from '../rule.ts';

export const listChanged: PayloadRule = {
  id: 'list-changed',
  kind: 'payload',
  title: 'A list is not as the reader expects',
  directions: ['receive', 'send'],
  keywords: ['minItems', 'maxItems', 'uniqueItems', 'items', 'additionalItems', 'contains'],
  about: 'The writer may send lists with more, fewer, other or equal items.',
  remedy: 'Received: accept the old lists too. Sent: keep to the lists that readers know.',
};
