/** kafkajs with replaced modules. The replacements come first: they must be in place before kafkajs is loaded. */
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

// Not by an import: Jest loads the imports of a module before it runs the module, and so before the replacements.
export default createRequire(import.meta.url)('kafkajs') as typeof import('kafkajs');
