import type { Writable } from 'node:stream';
import { metrics } from './metrics.ts';

/** Bytes that may wait for the reader of the log. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * Writes log lines to a stream and never waits for its reader. If the reader stalls, lines beyond 256 KiB are dropped and
 * counted, and a line reports their number when it reads again. If the reader has exited, all lines are dropped.
 */
export class LogDestination {
  readonly #stream: Writable;
  /** Called with the number of dropped lines, before the next line is written. */
  onDropped: (dropped: number) => void = () => undefined;
  #dropped = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
    // After the reader has exited, each write raises an error.
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

  /** Resolves when everything has been written or dropped, after `maxWaitMs` at the latest. */
  async flush(maxWaitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      resolve(undefined);
    }, maxWaitMs);
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
