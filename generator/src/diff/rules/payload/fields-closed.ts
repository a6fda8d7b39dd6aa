import type { PayloadRule } from '../rule.ts';

export const fieldsClosed: PayloadRule = {
  id: 'fields-closed',
  kind: 'payload',
  title: 'A field is there that the reader does not accept',
  directions: ['receive', 'send'],
  keywords: [
    'additionalProperties',
    'unevaluatedProperties',
    'propertyNames',
    'maxProperties',
    'patternProperties',
    'properties',
    'false schema',
    'false',
  ],
  about:
    'The reader forbids other fields than those that it lists. Only readers that are declared as strict do that with what the service sends.',
  remedy: 'Received: accept unknown fields. Sent: ask the strict readers first.',
};
