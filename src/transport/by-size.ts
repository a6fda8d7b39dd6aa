/** A call to the thread pool costs a tenth of a millisecond: below this size that is more than the work itself. */
const MIN_BYTES_FOR_THREADS = 16_384;

/** Returns a function that works on few bytes synchronously, and on many in another thread. */
export function bySize<Options extends readonly unknown[], Result>(
  atOnce: (bytes: Buffer, ...options: Options) => Result,
  onThread: (bytes: Buffer, ...options: Options) => Promise<Result>,
): (bytes: Buffer, ...options: Options) => Promise<Result> {
  return async (bytes, ...options) =>
    bytes.length < MIN_BYTES_FOR_THREADS ? atOnce(bytes, ...options) : onThread(bytes, ...options);
}
