import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for what the service does with the messages of channels. */
export const OPERATION_RULES: readonly Rule[] = [
  {
    id: 'operation-removed',
    title: 'The service no longer receives or sends on a channel',
    directions: BOTH,
    about: 'Clients still send there, or wait for messages there.',
    remedy: 'Keep the operation until the next major version.',
  },
  {
    id: 'operation-added',
    title: 'The service receives or sends on a channel that it used otherwise',
    directions: BOTH,
    about: 'Nobody relies on it yet, so nobody breaks.',
    remedy: 'Nothing to do.',
  },
  {
    id: 'group-changed',
    title: 'A consumer group is renamed',
    directions: ['receive'],
    about: 'The offsets belong to the old group. The new one starts elsewhere: records are read twice or not at all.',
    remedy: 'Keep the group, or copy its offsets to the new one before the first start.',
  },
  {
    id: 'reply-removed',
    title: 'A request is no longer answered',
    directions: ['send'],
    about: 'Clients wait for the reply.',
    remedy: 'Keep the reply until the next major version.',
  },
  {
    id: 'reply-changed',
    title: 'The reply to a request goes elsewhere',
    directions: ['send'],
    about: 'Clients wait for the reply on the old channel, or at the address that the old location names.',
    remedy: 'Keep channel and address of the reply.',
  },
];
