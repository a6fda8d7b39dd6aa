import { RETRY_AFTER_SECONDS } from './answers.ts';
import { RequestError } from './json-api.ts';

export interface WriteLimits {
  /** Writes that run at the same time. */
  readonly maxRunning: number;
  /** Writes of one owner that may wait. */
  readonly maxWaitingPerOwner: number;
  readonly maxWaitMs: number;
}

interface WaitingWrite {
  readonly owner: string;
  start(): void;
}

/**
 * Limits concurrent writes. Writes of one owner run one at a time: a second one would hold a connection only to wait for the
 * same row lock. In total fewer run than there are connections, so that a read always gets one.
 */
export class WriteQueue {
  readonly #limits: WriteLimits;
  readonly #running = new Set<string>();
  /** In order of arrival. */
  readonly #waiting = new Set<WaitingWrite>();

  constructor(limits: WriteLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` when the limits allow.
   *
   * @throws {RequestError} 503 if too many writes of the owner wait, or if this one waited too long.
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
        // Now, so that no other write starts before this one continues.
        this.#running.add(owner);
        resolve(undefined);
      },
    };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => {
      reject(overloaded('The pets of this owner are locked, or too many pets are being created'));
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
