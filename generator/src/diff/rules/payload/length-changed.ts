import type { PayloadRule } from '../rule.ts';

export const lengthChanged: PayloadRule = {
  id: 'length-changed',
  kind: 'payload',
  title: 'A text is shorter or longer than the reader accepts',
  directions: ['receive', 'send'],
  keywords: ['minLength', 'maxLength'],
  about: 'The writer may send texts of a length that the reader refuses.',
  remedy: 'Received: keep the old limits. Sent: keep to the limits that readers know.',
};
