import type { PayloadRule } from '../rule.ts';

export const valuesChanged: PayloadRule = {
  id: 'values-changed',
  kind: 'payload',
  title: 'A value is none of those that the reader lists',
  directions: ['receive', 'send'],
  keywords: ['const', 'enum'],
  about:
    'Received: a value is no longer accepted. Sent: there is a value that readers do not know, and the list is not open (`x-open-enum`).',
  remedy: 'Received: keep the value. Sent: declare the list as open in a major version, and add values later.',
};
