import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for channels: their topics, and what happens to the records there. */
export const CHANNEL_RULES: readonly Rule[] = [
  {
    id: 'channel-removed',
    title: 'A channel is removed',
    directions: BOTH,
    about: 'Nobody reads any more what clients send there, or readers wait for messages that nobody sends.',
    remedy: 'Keep the channel, mark it as deprecated in its description, and remove it with the next major version.',
  },
  {
    id: 'channel-added',
    title: 'A channel is added',
    directions: BOTH,
    about: 'Nobody uses it yet, so nobody breaks.',
    remedy: 'Nothing to do.',
  },
  {
    id: 'topic-changed',
    title: 'A channel has another topic',
    directions: BOTH,
    about:
      'The topic is the address, or the topic of the Kafka binding. One side writes to a topic that the other one does not read.',
    remedy: 'Keep the topic. To move it, serve both topics for one version: add a channel with the new one.',
  },
  {
    id: 'topic-variable-changed',
    title: 'Another variable names the topic',
    directions: BOTH,
    about:
      'A deployment that sets the old variable (`x-env`) gets the default topic: the service and its clients no longer meet.',
    remedy: 'Keep the name of the variable.',
  },
  {
    id: 'parameter-narrowed',
    title: 'A parameter of an address loses values',
    directions: BOTH,
    about: 'Each value of a parameter is a topic. Clients still use the topic that the new version does not have.',
    remedy: 'Keep the value.',
  },
  {
    id: 'parameter-widened',
    title: 'A parameter of an address gets values',
    directions: BOTH,
    about: 'Each new value is a topic. Readers that subscribe to the topics one by one do not see what is sent there.',
    remedy: 'Announce the new topic before records are sent to it that were sent to another one before.',
  },
  {
    id: 'parameter-changed',
    title: 'A parameter of an address has another value',
    directions: BOTH,
    about: 'With another default, or another location in the message, records go to another topic than before.',
    remedy: 'Keep default and location of the parameter.',
  },
  {
    id: 'partitions-changed',
    title: 'A topic has another number of partitions',
    directions: BOTH,
    about:
      'The partition of a record is the hash of its key modulo this number: keys move to other partitions, and their old and new records lose their order.',
    remedy: 'Keep the number. To change it, move to a new topic, and let readers finish the old one first.',
  },
  {
    id: 'cleanup-changed',
    title: 'A topic keeps records differently',
    directions: BOTH,
    about:
      'With `compact`, older records of a key are removed before slow readers see them, and records without a key are refused. Without it, a reader no longer finds the last record of each key.',
    remedy: 'Keep the cleanup policy.',
  },
  {
    id: 'retention-shortened',
    title: 'A topic keeps records for a shorter time',
    directions: BOTH,
    about:
      'A reader that was away for longer loses records that it found before. Nobody knows how long readers are away.',
    remedy: 'Ask the teams that read the topic, and then waive this finding.',
  },
  {
    id: 'record-size-reduced',
    title: 'A topic takes smaller records only',
    directions: BOTH,
    about: 'The broker refuses records that were small enough before.',
    remedy: 'Keep max.message.bytes.',
  },
  {
    id: 'unknown-types-refused',
    title: 'Records of unlisted types are refused',
    directions: ['receive'],
    about: 'The channel skipped them, so other types are sent there. Now they are invalid.',
    remedy: 'Keep `x-unknown-types: skip`, or list the types.',
  },
];
