/** A stream that is held is tried again after so many milliseconds, doubled with each vain try up to the most. */
const RETRY_DELAY_MS = { first: 20, most: 1_000 } as const;
/** A stream that has been held for so many milliseconds is not held by another publisher that is just sending. */
const LONG_MS = 1_000;

/**
 * Streams in which another session holds a record: another publisher that sends it, or somebody's open transaction. They wait,
 * and are tried again together.
 */
export class HeldStreams {
  readonly #retry: (streams: readonly string[]) => void;
  /** Since when, by the clock of `performance`. */
  readonly #streams = new Map<string, number>();
  #delay: number = RETRY_DELAY_MS.first;
  #timer: NodeJS.Timeout | undefined;

  /** @param retry called with the streams that are to be tried again. */
  constructor(retry: (streams: readonly string[]) => void) {
    this.#retry = retry;
  }

  has(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /** Takes what a claim has found: those of the streams it asked for that are held. */
  found(asked: readonly string[], held: readonly string[]): void {
    const now = performance.now();
    const before = this.#streams.size;
    const isHeld = new Set(held);
    for (const stream of asked) {
      if (!isHeld.has(stream)) this.#streams.delete(stream);
      else if (!this.#streams.has(stream)) this.#streams.set(stream, now);
    }
    if (this.#streams.size < before) this.#delay = RETRY_DELAY_MS.first;
    if (this.#streams.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#retry([...this.#streams.keys()]);
    }, this.#delay);
    this.#delay = Math.min(this.#delay * 2, RETRY_DELAY_MS.most);
  }

  /** Those that have been held for long. */
  get longest(): readonly string[] {
    const now = performance.now();
    return [...this.#streams].flatMap(([stream, since]) => (now - since >= LONG_MS ? stream : []));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
