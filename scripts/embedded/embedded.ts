/** A server that this project started by itself, as a process of its own on the loopback address. */
export interface Embedded {
  /** `127.0.0.1:9092` of a broker, the URL of a database. */
  readonly address: string;
  readonly pid: number;
  /** Resolves with a sentence that says why the process ended, whoever ended it. */
  readonly exited: Promise<string>;
  /** Asks the server to stop, then insists. Resolves when the process is gone; may be called twice. */
  stop(): Promise<void>;
  /** Sends a signal and waits for nothing: for tests that want the server killed or stalled. */
  kill(signal: NodeJS.Signals): void;
}

export interface EmbeddedOptions {
  /** Data and log survive here from one start to the next. Created where it is missing. */
  dataDir: string;
  /** Taken if it is free; another free port otherwise. */
  port?: number;
  /** Gets a line per step that takes a while. */
  say?: Say;
  /** Gives the start up: what was begun is ended, and the promise rejects. */
  signal?: AbortSignal;
}

export type Say = (line: string) => void;

export const LOOPBACK = '127.0.0.1';
