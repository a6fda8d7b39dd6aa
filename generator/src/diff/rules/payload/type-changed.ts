import type { PayloadRule } from '../rule.ts';

export const typeChanged: PayloadRule = {
  id: 'type-changed',
  kind: 'payload',
  title: 'A value has another type',
  directions: ['receive', 'send'],
  keywords: ['type'],
  about: 'The reader does not accept each type that the writer may send.',
  remedy: 'Keep the type, and add a field with the new one.',
};
