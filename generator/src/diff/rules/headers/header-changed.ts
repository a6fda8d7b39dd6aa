import type { HeaderRule } from '../rule.ts';

/** Any other keyword than those of the other rules for headers, and what is neither proved nor refuted. */
export const headerChanged: HeaderRule = {
  id: 'header-changed',
  kind: 'header',
  title: 'A header has a value that the reader does not accept',
  directions: ['receive', 'send'],
  keywords: [],
  about: 'The writer may send a value that is refused, or lost if the header is optional.',
  remedy: 'Received: keep accepting the old values. Sent: keep to the values that readers know.',
};
