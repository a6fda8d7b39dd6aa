import { setTimeout as sleep } from 'node:timers/promises';

/** A flag that one loop waits for and that anything may raise. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Waits until the flag is raised, at most `ms` milliseconds. Lowers it, and returns whether it was raised. */
  async wait(ms = 2 ** 30): Promise<boolean> {
    if (!this.#raised) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    const wasRaised = this.#raised;
    this.#raised = false;
    return wasRaised;
  }
}

/** Calls `work` again and again, each time `ms` milliseconds after the last call has ended, until `stop` aborts. */
export async function regularly(ms: number, stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    await work();
    await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Returns the result of `work`. Calls `late` if it takes longer than `ms` milliseconds. */
export async function noticeLate<Result>(ms: number, late: () => void, work: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(late, ms).unref();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Returns a function that calls `work` at most once every `ms` milliseconds, and never twice at the same time: other calls get
 * the last result. A failure is not kept.
 */
export function atMostEvery<Result>(ms: number, work: () => Promise<Result>): () => Promise<Result> {
  let last: { readonly result: Promise<Result>; readonly startedAt: number; isOver: boolean } | undefined;
  return () => {
    const now = performance.now();
    if (last !== undefined && !(last.isOver && now - last.startedAt >= ms)) return last.result;
    const own = { result: work(), startedAt: now, isOver: false };
    own.result.then(
      () => (own.isOver = true),
      () => {
        if (last === own) last = undefined;
      },
    );
    last = own;
    return own.result;
  };
}

/** Waits between attempts that grow up to a maximum, with jitter, so that instances do not all retry at the same time. */
export class Backoff {
  #nextMs: number;
  readonly #firstMs: number;
  readonly #maxMs: number;

  constructor(firstMs = 100, maxMs = 5_000) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#nextMs = firstMs;
  }

  /** Waits; `signal` ends the wait early. */
  async wait(signal: AbortSignal): Promise<void> {
    const delay = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, this.#maxMs);
    await sleep(delay, undefined, { signal }).catch(() => undefined);
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** The text of Prisma's error for an error of the database, in a raw statement or one of its own. */
const DATABASE_ANSWER = /(?:Raw query failed|Database error)\. Code: `(\w+)`\. Message: `([^]*)`$/;

/** Returns the message of an error in one line. Prisma puts the reason last, below lines of source code. */
export function messageOf(error: unknown): string {
  // For a host with several addresses, Node's error has one error per address and no message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  const text = error instanceof Error ? error.message : String(error);
  const [, code, message] = DATABASE_ANSWER.exec(text) ?? [];
  if (code !== undefined && message !== undefined) return `${message.replaceAll('\n', ' ')} (${code})`;
  return text.trim().split('\n').at(-1) ?? text;
}
