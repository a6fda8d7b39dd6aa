import { crc32c } from '@node-rs/crc32';
import { replacePart } from './kafkajs-replace.ts';

/** What kafkajs had there: the same checksum of a batch that is sent, in JavaScript and several times slower. */
export const originalChecksum = replacePart<(bytes: Buffer) => number>('protocol/recordBatch/crc32C/index.js', crc32c);
