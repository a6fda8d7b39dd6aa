import { setTimeout as sleep } from 'node:timers/promises';

/** A flag that one loop waits for and anyone raises. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Resolves once the flag is up, or after `milliseconds`, and says whether it was; then it is down again. */
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

/** Does it again and again, each time so many milliseconds after the last has ended, until it is told to stop. */
export async function regularly(ms: number, stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    await work();
    await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Returns what the work returns. Calls `late` if it takes longer than so many milliseconds. */
export async function noticeLate<Result>(ms: number, late: () => void, work: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(late, ms).unref();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Shares the result of some work among all who ask within so many milliseconds of its start, and while it is under way.
 * A failure is not kept.
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

/** Growing waits between tries, capped, with jitter so that instances do not come back all at once. */
export class Backoff {
  #nextMs: number;
  readonly #firstMs: number;
  readonly #maxMs: number;

  /** In milliseconds. */
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

/** What Prisma makes of the answer of the database to a statement, raw or its own. */
const DATABASE_ANSWER = /(?:Raw query failed|Database error)\. Code: `(\w+)`\. Message: `([^]*)`$/;

/** What went wrong, in one line: Prisma puts the reason last, below lines of source. */
export function messageOf(error: unknown): string {
  // A host with several addresses: Node says nothing of the attempt as a whole.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  const text = error instanceof Error ? error.message : String(error);
  const [, code, message] = DATABASE_ANSWER.exec(text) ?? [];
  if (code !== undefined && message !== undefined) return `${message.replaceAll('\n', ' ')} (${code})`;
  return text.trim().split('\n').at(-1) ?? text;
}
