const MAGIC = 0x184d2204;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const IS_UNCOMPRESSED = 0x80000000;
/** A length of this value continues in the following bytes. */
const LONG_LENGTH = 15;
/** A match is never shorter; the token counts from here. */
const MIN_MATCH = 4;

/**
 * Returns the decompressed size of an LZ4 frame, without decompressing it. The library has no limit for its output, and the size
 * that a frame declares need not be true.
 *
 * @throws when it is not an LZ4 frame, or ends too early.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function lz4FrameSize(frame: Buffer): number {
  if (frame.readUInt32LE(0) !== MAGIC) throw new Error('it is not an LZ4 frame');
  const flags = frame.readUInt8(4);
  let at = 7 + ((flags & HAS_CONTENT_SIZE) > 0 ? 8 : 0) + ((flags & HAS_DICTIONARY) > 0 ? 4 : 0);
  let size = 0;
  for (;;) {
    const header = frame.readUInt32LE(at);
    at += 4;
    if (header === 0) return size;
    const length = header & ~IS_UNCOMPRESSED;
    if (at + length > frame.length) throw new Error('the LZ4 frame ends within a block');
    size += header >= IS_UNCOMPRESSED ? length : blockSize(frame.subarray(at, at + length));
    at += length + ((flags & HAS_BLOCK_CHECKSUMS) > 0 ? 4 : 0);
  }
}

/** Adds up the literals and matches of a compressed block. */
function blockSize(block: Buffer): number {
  let at = 0;
  let size = 0;
  const lengthOf = (short: number): number => {
    let length = short;
    if (short < LONG_LENGTH) return length;
    for (;;) {
      const more = block.readUInt8(at++);
      length += more;
      if (more < 0xff) return length;
    }
  };
  while (at < block.length) {
    const token = block.readUInt8(at++);
    const literals = lengthOf(token >> 4);
    size += literals;
    at += literals;
    // The last sequence has only literals.
    if (at >= block.length) return size;
    at += 2;
    size += lengthOf(token & 0x0f) + MIN_MATCH;
  }
  return size;
}
