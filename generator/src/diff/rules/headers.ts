import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for the headers and the keys of records. */
export const HEADER_RULES: readonly Rule[] = [
  {
    id: 'header-required',
    title: 'A header is required that may be missing',
    directions: BOTH,
    about:
      'Received: the service requires a header that clients need not send; one that is `readOnly` is not required. Sent: the service may leave out a header that readers rely on.',
    remedy: 'Received: make the header optional. Sent: keep sending it.',
  },
  {
    id: 'header-encoding-changed',
    title: 'A header has another encoding',
    directions: BOTH,
    about: 'The reader does not find a value in the bytes that the writer may send.',
    remedy: 'Keep the encoding, and send the new one in a header of another name.',
  },
  {
    id: 'header-changed',
    title: 'A header has a value that the reader does not accept',
    directions: BOTH,
    about: 'The writer may send a value that is refused, or lost if the header is optional.',
    remedy: 'Received: keep accepting the old values. Sent: keep to the values that readers know.',
  },
  {
    id: 'headers-extended',
    title: 'A message may have more headers, or more values in them',
    directions: BOTH,
    about: 'Headers or values are added in a way that no reader refuses.',
    remedy: 'Nothing to do.',
  },
];

export const KEY_RULES: readonly Rule[] = [
  {
    id: 'key-added',
    title: 'Records need a key',
    directions: BOTH,
    about:
      'Received: clients send records without one. They are spread over the partitions, out of order. Sent: readers may ignore it.',
    remedy: 'Received: accept records without a key until the next major version.',
  },
  {
    id: 'key-removed',
    title: 'Records have no key any more',
    directions: BOTH,
    about: 'Sent: records of one key are spread over the partitions, so readers get them out of order.',
    remedy: 'Keep the key.',
  },
  {
    id: 'key-encoding-changed',
    title: 'A key has other bytes',
    directions: BOTH,
    about: 'The reader does not understand the key, and records of one key move to another partition.',
    remedy: 'Keep the encoding of the key.',
  },
  {
    id: 'key-field-changed',
    title: 'The key is made of another field',
    directions: BOTH,
    about: 'Records that had one key have several, or the reverse: they move to other partitions and lose their order.',
    remedy: 'Keep the field of the key.',
  },
  {
    id: 'key-changed',
    title: 'A key has a value that the reader does not accept',
    directions: BOTH,
    about: 'The writer may send keys that the schema of the reader excludes.',
    remedy: 'Received: keep accepting the old keys. Sent: keep to the keys that readers know.',
  },
];
