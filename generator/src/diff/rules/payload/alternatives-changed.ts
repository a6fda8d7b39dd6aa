import type { PayloadRule } from '../rule.ts';

export const alternativesChanged: PayloadRule = {
  id: 'alternatives-changed',
  kind: 'payload',
  title: "A value is none of the reader's alternatives, or several of them",
  directions: ['receive', 'send'],
  keywords: ['anyOf', 'oneOf', 'allOf'],
  about: 'The writer may send a value that fits no alternative of `anyOf`, or not exactly one of `oneOf`.',
  remedy: 'Keep the old alternatives; let a constant field distinguish them.',
};
