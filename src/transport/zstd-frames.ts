import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { bySize } from './by-size.ts';
import { requireSize } from './decompressed-size.ts';

/** What Node returns with the option `info`. */
interface Frame {
  readonly buffer: Buffer;
  /** `bytesWritten` is how many bytes the frame has. */
  readonly engine: { readonly bytesWritten: number };
}

type Arguments = [bytes: Buffer, options: zlib.ZstdOptions];

// The types do not say what the option `info` does.
const decompressFrame = bySize(
  zlib.zstdDecompressSync as unknown as (...args: Arguments) => Frame,
  promisify(zlib.zstdDecompress) as unknown as (...args: Arguments) => Promise<Frame>,
);

/**
 * Decompresses all frames. Node ends silently after the first one, but the format allows several, some without content, and Java
 * clients read them.
 *
 * @throws when the bytes are corrupt, or are more than `maxBytes` decompressed.
 */
export async function decompressZstd(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const contents: Buffer[] = [];
  let size = 0;
  let at = 0;
  do {
    const maxOutputLength = Math.max(1, maxBytes - size);
    const { buffer, engine } = await decompressFrame(bytes.subarray(at), { info: true, maxOutputLength });
    contents.push(buffer);
    size += buffer.length;
    requireSize(size, maxBytes);
    at += engine.bytesWritten;
  } while (at < bytes.length);
  const [only] = contents;
  return contents.length === 1 && only !== undefined ? only : Buffer.concat(contents);
}
