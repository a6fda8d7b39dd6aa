/** The partition of a key, as Kafka's producers choose it. */

/** Returns the partition of a key in a topic with this many partitions. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7f_ff_ff_ff) % partitions;
}

const SEED = 0x97_47_b2_8c;
const FACTOR = 0x5b_d1_e9_95;

function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let hash = SEED ^ data.length;
  const whole = data.length - (data.length % 4);
  for (let index = 0; index < whole; index += 4) {
    let word = Math.imul(view.getInt32(index, true), FACTOR);
    word ^= word >>> 24;
    word = Math.imul(word, FACTOR);
    hash = Math.imul(hash, FACTOR) ^ word;
  }
  const rest = data.length - whole;
  if (rest === 3) hash ^= (data[whole + 2] ?? 0) << 16;
  if (rest >= 2) hash ^= (data[whole + 1] ?? 0) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[whole] ?? 0), FACTOR);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, FACTOR);
  return hash ^ (hash >>> 15);
}
