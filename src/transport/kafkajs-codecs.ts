import { createRequire } from 'node:module';
import type { CompressionTypes } from 'kafkajs';
import { countBytes, NAMED_CODECS } from './codecs.ts';
import type { Compression } from './compression.ts';

/** kafkajs' CompressionCodecs, by the codec's id, and its CompressionTypes. */
const { Codecs: registered, Types: types } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/message/compression',
) as {
  readonly Codecs: Record<number, () => object>;
  readonly Types: typeof CompressionTypes;
};

// kafkajs compresses with the codecs that are registered here. It never decompresses: its decoder is replaced.
for (const { id, name, compress } of NAMED_CODECS) {
  registered[id] = () => ({
    async compress({ buffer }: { readonly buffer: Buffer }) {
      const compressed = await compress(buffer);
      countBytes('sent', name, compressed, buffer);
      return compressed;
    },
  });
}

const NAMES = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const;

/** Returns how kafkajs' producer names a compression. */
export function compressionType(compression: Compression): CompressionTypes {
  return types[NAMES[compression]];
}
