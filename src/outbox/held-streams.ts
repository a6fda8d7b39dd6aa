/** Held streams are tried again after this time, doubled with each failed try. */
const RETRY_DELAY_MS = { first: 20, max: 1_000 } as const;
/** A publisher that sends holds a stream for less than this. */
const LONG_HELD_MS = 1_000;

/**
 * Streams in which another database session holds a record: a publisher that sends it, or any open transaction. They wait, and
 * are tried again together.
 */
export class HeldStreams {
  readonly #retry: (streams: readonly string[]) => void;
  /** When each was found held first, by the clock of `performance`. */
  readonly #streams = new Map<string, number>();
  #delayMs: number = RETRY_DELAY_MS.first;
  #timer: NodeJS.Timeout | undefined;

  /** @param retry called with the streams that are to be tried again. */
  constructor(retry: (streams: readonly string[]) => void) {
    this.#retry = retry;
  }

  has(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /** Takes the result of a claim. @param held those of the claimed streams that are held. */
  update(claimed: readonly string[], held: readonly string[]): void {
    const now = performance.now();
    const before = this.#streams.size;
    const isHeld = new Set(held);
    for (const stream of claimed) {
      if (!isHeld.has(stream)) this.#streams.delete(stream);
      else if (!this.#streams.has(stream)) this.#streams.set(stream, now);
    }
    if (this.#streams.size < before) this.#delayMs = RETRY_DELAY_MS.first;
    if (this.#streams.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#retry([...this.#streams.keys()]);
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_DELAY_MS.max);
  }

  /** The streams that have been held for long. */
  get longHeld(): readonly string[] {
    const now = performance.now();
    return [...this.#streams].flatMap(([stream, since]) => (now - since >= LONG_HELD_MS ? stream : []));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
