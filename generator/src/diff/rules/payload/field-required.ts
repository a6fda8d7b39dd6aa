import type { PayloadRule } from '../rule.ts';

export const fieldRequired: PayloadRule = {
  id: 'field-required',
  kind: 'payload',
  title: 'A field is required that may be missing',
  directions: ['receive', 'send'],
  keywords: ['required', 'dependencies', 'minProperties'],
  about:
    'Received: the service requires a field that clients need not send. Sent: the service may leave out a field that readers rely on.',
  remedy: 'Received: make the field optional, and decide what its absence means. Sent: keep sending it.',
};
