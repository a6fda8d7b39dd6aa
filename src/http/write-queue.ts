import { RETRY_AFTER_SECONDS } from './answers.ts';
import { RequestError } from './json-api.ts';

export interface WriteLimits {
  /** Writes in the database at once. */
  readonly maxRunning: number;
  /** Writes of one owner that wait. */
  readonly maxWaitingPerOwner: number;
  readonly maxWaitMs: number;
}

interface WaitingWrite {
  readonly owner: string;
  start(): void;
}

/**
 * Admits writes to the database: one of an owner at a time, since the others would only hold a connection while they wait for
 * the same lock, and fewer in all than there are connections, so that reads always have one.
 */
export class WriteQueue {
  readonly #limits: WriteLimits;
  readonly #running = new Set<string>();
  /** In the order of their arrival. */
  readonly #waiting = new Set<WaitingWrite>();

  constructor(limits: WriteLimits) {
    this.#limits = limits;
  }

  /**
   * Does the work when it is the owner's turn.
   *
   * @throws {RequestError} 503 if too many of that owner wait, or if it waited too long.
   */
  async run<Result>(owner: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#mayStart(owner)) await this.#wait(owner);
    this.#running.add(owner);
    try {
      return await work();
    } finally {
      this.#running.delete(owner);
      this.#startNext();
    }
  }

  #mayStart(owner: string): boolean {
    return this.#running.size < this.#limits.maxRunning && !this.#running.has(owner);
  }

  async #wait(owner: string): Promise<void> {
    const others = [...this.#waiting].filter((waiting) => waiting.owner === owner);
    if (others.length >= this.#limits.maxWaitingPerOwner) {
      throw overloaded('Too many requests wait for the pets of this owner');
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting: WaitingWrite = {
      owner,
      start: () => {
        // At once, so that nobody else starts in between.
        this.#running.add(owner);
        resolve(undefined);
      },
    };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => {
      reject(overloaded('The pets of this owner are locked, or too many are created at once'));
    }, this.#limits.maxWaitMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    }
  }

  #startNext(): void {
    for (const waiting of this.#waiting) {
      if (!this.#mayStart(waiting.owner)) continue;
      this.#waiting.delete(waiting);
      waiting.start();
    }
  }
}

function overloaded(what: string): RequestError {
  return new RequestError([{ status: 503, code: 'OVERLOADED', what }], RETRY_AFTER_SECONDS);
}
