import { uncompressSync } from 'snappy';
import { requireSize } from './decompressed-size.ts';

/** Java clients begin with it (xerial's framing). All other clients write raw snappy. */
const XERIAL_MAGIC = Buffer.from('82534e4150505900', 'hex');
/** The magic and two versions, 32 bits each. */
const XERIAL_HEADER_BYTES = 16;

/**
 * Decompresses snappy in either framing, synchronously: that takes less time than another thread would cost.
 *
 * @throws when the bytes are corrupt, or are more than `maxBytes` decompressed.
 */
export async function decompressSnappy(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const chunks = await Promise.resolve(chunksOf(bytes));
  // Each chunk declares its size, and the library refuses one that has another.
  requireSize(
    chunks.reduce((sum, chunk) => sum + declaredSize(chunk), 0),
    maxBytes,
  );
  return Buffer.concat(chunks.map((chunk) => uncompressSync(chunk, { asBuffer: true }) as Buffer));
}

function chunksOf(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [bytes];
  const chunks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (at + length > bytes.length) throw new Error('the snappy stream ends within a chunk');
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Raw snappy begins with its decompressed size, 7 bits a byte. */
function declaredSize(chunk: Buffer): number {
  let size = 0;
  for (let at = 0, factor = 1; ; at += 1, factor *= 0x80) {
    const byte = chunk.readUInt8(at);
    size += (byte & 0x7f) * factor;
    if (byte < 0x80) return size;
  }
}
