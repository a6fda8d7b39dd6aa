import { createRequire } from 'node:module';
import type { CompressionTypes } from 'kafkajs';
import { CODECS } from './codecs.ts';
import type { Codec } from './codecs.ts';
import type { Compression } from './compression.ts';

/** What kafkajs has as CompressionCodecs, by the codec's id, and as CompressionTypes. */
const { Codecs: registered, Types: types } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/message/compression',
) as {
  readonly Codecs: Record<number, () => object>;
  readonly Types: typeof CompressionTypes;
};

// kafkajs compresses with what is registered here. Only its own decoder would decompress, which is replaced.
for (const { id, compress } of Object.values<Codec>(CODECS)) {
  registered[id] = () => ({ compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer) });
}

const NAMES = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const;

/** Returns how kafkajs' producer names a compression. */
export function compressionType(compression: Compression): CompressionTypes {
  return types[NAMES[compression]];
}
