import type { Writable } from 'node:stream';
import { metrics } from './metrics.ts';

/** What may wait for the reader of the log. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * Writes log lines to a stream and never waits for its reader. If the reader is stalled, lines beyond 256 KiB are dropped
 * and counted, and a line reports how many once it reads again. If it is gone, all are dropped.
 */
export class LogDestination {
  readonly #stream: Writable;
  /** Called with how many lines were dropped, before the next one that is written. */
  onDropped: (dropped: number) => void = () => undefined;
  #dropped = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
    // The reader is gone: each line after that is an error again.
    stream.on('error', () => undefined);
    stream.on('drain', () => {
      this.#reportDropped();
    });
  }

  write(line: string): void {
    if (this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#drop();
      return;
    }
    this.#reportDropped();
    this.#write(line);
  }

  /** Resolves once everything has been written or dropped, after so many milliseconds at the latest. */
  async flush(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
    this.#stream.write('', () => {
      resolve(undefined);
    });
    await promise;
    clearTimeout(timer);
  }

  #write(line: string): void {
    this.#stream.write(line, (error) => {
      if (error) this.#drop();
    });
  }

  #drop(): void {
    this.#dropped += 1;
    metrics.logDropped.inc();
  }

  #reportDropped(): void {
    const dropped = this.#dropped;
    if (dropped === 0) return;
    this.#dropped = 0;
    this.onDropped(dropped);
  }
}
