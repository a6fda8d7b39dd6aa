import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for messages as a whole. */
export const MESSAGE_RULES: readonly Rule[] = [
  {
    id: 'message-removed',
    title: 'A message is removed',
    directions: BOTH,
    about: 'Clients still send it and the service does not handle it, or readers wait for it and nobody sends it.',
    remedy: 'Keep the message, mark it as deprecated, and remove it with the next major version.',
  },
  {
    id: 'message-added',
    title: 'A message is added',
    directions: BOTH,
    about:
      'Readers skip types that they do not know. A reader that cannot distinguish messages, or that is declared as strict, refuses them.',
    remedy: 'If existing readers refuse it, send it on a channel of its own.',
  },
  {
    id: 'correlation-changed',
    title: 'The correlation id is elsewhere',
    directions: BOTH,
    about: 'The other side looks for it in the old location: replies no longer find their requests.',
    remedy: 'Send the id in both locations, and keep the old one in the contract.',
  },
  {
    id: 'correlation-added',
    title: 'A message gets a correlation id',
    directions: BOTH,
    about: 'Nobody reads it yet, so nobody breaks.',
    remedy: 'Nothing to do.',
  },
  {
    id: 'content-type-changed',
    title: 'The payload has another content type',
    directions: BOTH,
    about: 'The bytes of the record have another meaning.',
    remedy: 'Keep the content type, and send the new one on a channel of its own.',
  },
  {
    id: 'schema-language-changed',
    title: 'A schema in another language is changed',
    directions: BOTH,
    about: 'Schemas that are no JSON Schemas (Avro, Protobuf) are not compared.',
    remedy: 'Compare them by a tool for their language, and then waive this finding.',
  },
];
