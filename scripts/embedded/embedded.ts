/** A server that this project has started, as a process on the loopback address. */
export interface Embedded {
  /** For a broker `127.0.0.1:9092`, for a database its URL. */
  readonly address: string;
  readonly pid: number;
  /** Resolves with a sentence about the end of the process, whatever its cause. */
  readonly exited: Promise<string>;
  /** Asks the server to stop, then kills it. Resolves when the process has ended; may be called twice. */
  stop(): Promise<void>;
  /** Sends a signal without waiting: for tests that kill or stop the server. */
  kill(signal: NodeJS.Signals): void;
}

export interface EmbeddedOptions {
  /** Keeps data and log from one start to the next. Created if it is missing. */
  dataDir: string;
  /** Used if it is free; otherwise another free port. */
  port?: number;
  /** Gets a line for each step that takes long. */
  say?: Say;
  /** Aborts the start: its processes end, and the promise rejects. */
  signal?: AbortSignal;
}

export type Say = (line: string) => void;

export const LOOPBACK = '127.0.0.1';
