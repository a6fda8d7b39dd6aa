import type { PayloadRule } from '../rule.ts';

export const rangeChanged: PayloadRule = {
  id: 'range-changed',
  kind: 'payload',
  title: "A number is out of the reader's range",
  directions: ['receive', 'send'],
  keywords: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  about: 'The writer may send numbers that the reader refuses. Formats of integers, such as `int32`, are bounds.',
  remedy: 'Received: keep the old range. Sent: keep to the range that readers know.',
};
