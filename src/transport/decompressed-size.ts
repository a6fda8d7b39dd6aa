/** @throws when the decompressed size is more than `maxBytes`. */
export function requireSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw new Error(`it is larger than ${String(maxBytes)} bytes (KAFKA_MAX_BATCH_BYTES) when decompressed`);
  }
}
