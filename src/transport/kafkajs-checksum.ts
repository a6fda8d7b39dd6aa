import { crc32c } from '@node-rs/crc32';
import { replaceModule } from './kafkajs-replace.ts';

/** The original of kafkajs: the same checksum of a sent batch, in JavaScript and several times slower. */
export const originalChecksum = replaceModule<(bytes: Buffer) => number>(
  'protocol/recordBatch/crc32C/index.js',
  crc32c,
);
