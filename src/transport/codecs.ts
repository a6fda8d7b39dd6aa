/** The compression codecs of the Kafka protocol. Every decompression has a limit: a few bytes can declare gigabytes. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import * as lz4 from 'lz4-napi';
import * as snappy from 'snappy';
import { metrics } from '../metrics.ts';
import { bySize } from './by-size.ts';
import type { Compression } from './compression.ts';
import { requireSize } from './decompressed-size.ts';
import { lz4FrameSize } from './lz4-frame.ts';
import { decompressSnappy } from './snappy-framing.ts';
import { decompressZstd } from './zstd-frames.ts';

export interface Codec {
  /** The value of the lowest three bits of a record batch's attributes. */
  readonly id: number;
  compress(bytes: Buffer): Promise<Buffer>;
  /** @throws when the bytes are corrupt, or are more than `maxBytes` decompressed. */
  decompress(bytes: Buffer, maxBytes: number): Promise<Buffer>;
}

const gzip = bySize(zlib.gzipSync, promisify(zlib.gzip));
const gunzip = bySize<[zlib.ZlibOptions], Buffer>(zlib.gunzipSync, promisify(zlib.gunzip));
const zstdCompress = bySize(zlib.zstdCompressSync, promisify(zlib.zstdCompress));
const lz4Compress = bySize(lz4.compressFrameSync, lz4.compressFrame);
const lz4Decompress = bySize(lz4.decompressFrameSync, lz4.decompressFrame);
const snappyCompress = bySize(snappy.compressSync, snappy.compress);

export const CODECS = {
  gzip: {
    id: 1,
    compress: (bytes) => gzip(bytes),
    decompress: (bytes, maxBytes) => withLimit(gunzip(bytes, { maxOutputLength: maxBytes }), maxBytes),
  },
  // Raw snappy, as librdkafka and franz-go write it: Java clients read it too.
  snappy: { id: 2, compress: (bytes) => snappyCompress(bytes), decompress: decompressSnappy },
  lz4: {
    id: 3,
    compress: (bytes) => lz4Compress(bytes),
    async decompress(bytes, maxBytes) {
      requireSize(lz4FrameSize(bytes), maxBytes);
      return lz4Decompress(bytes);
    },
  },
  zstd: {
    id: 4,
    compress: (bytes) => zstdCompress(bytes),
    decompress: (bytes, maxBytes) => withLimit(decompressZstd(bytes, maxBytes), maxBytes),
  },
} as const satisfies Readonly<Record<Exclude<Compression, 'none'>, Codec>>;

/** A codec with its name. */
export interface NamedCodec extends Codec {
  readonly name: string;
}

export const NAMED_CODECS: readonly NamedCodec[] = Object.entries(CODECS).map(([name, codec]) => ({ name, ...codec }));

const BY_ID = new Map(NAMED_CODECS.map((codec) => [codec.id, codec]));

/** Returns the codec with this id; undefined if the protocol has none. */
export function codecOf(id: number): NamedCodec | undefined {
  return BY_ID.get(id);
}

/** Counts the bytes of a batch in both forms: their ratio shows what compression saves. */
export function countBytes(
  direction: 'fetched' | 'sent',
  codec: string,
  compressed: Buffer,
  decompressed: Buffer,
): void {
  metrics.recordBytes.inc({ direction, codec, form: 'compressed' }, compressed.length);
  metrics.recordBytes.inc({ direction, codec, form: 'decompressed' }, decompressed.length);
}

/** Adds the limit to the error by which zlib refuses a larger output. */
async function withLimit(decompressing: Promise<Buffer>, maxBytes: number): Promise<Buffer> {
  try {
    return await decompressing;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') requireSize(maxBytes + 1, maxBytes);
    throw error;
  }
}
