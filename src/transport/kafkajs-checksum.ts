import { crc32c } from '@node-rs/crc32';
import { replaceModule } from './kafkajs-replace.ts';

/** Replaces kafkajs' checksum of a sent batch, which is JavaScript and several times slower. Returns kafkajs' function, for the test. */
export const originalChecksum = replaceModule<(bytes: Buffer) => number>(
  'protocol/recordBatch/crc32C/index.js',
  crc32c,
);
