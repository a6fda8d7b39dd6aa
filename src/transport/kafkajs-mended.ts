/** kafkajs with what had to be mended in it. The mends come first: they must be there before kafkajs is loaded. */
import './kafkajs-encoder.ts';
import './kafkajs-checksum.ts';
import './kafkajs-fetch.ts';
import './kafkajs-group.ts';
import './kafkajs-connection.ts';
import './kafkajs-cause.ts';
import './kafkajs-grouping.ts';
import './kafkajs-request-queue.ts';
import './kafkajs-codecs.ts';
import { createRequire } from 'node:module';

// Not by an import: Jest loads what a module imports before it runs the module, and so before the mends.
export default createRequire(import.meta.url)('kafkajs') as typeof import('kafkajs');
