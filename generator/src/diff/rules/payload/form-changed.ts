import type { PayloadRule } from '../rule.ts';

export const formChanged: PayloadRule = {
  id: 'form-changed',
  kind: 'payload',
  title: 'A text does not have the form that the reader expects',
  directions: ['receive', 'send'],
  keywords: ['pattern', 'format'],
  about:
    "The writer may send texts that do not match the reader's pattern or format. Expressions are compared by the texts that they match.",
  remedy: 'Received: accept the old form too. Sent: keep to the form that readers know, or add a field.',
};
