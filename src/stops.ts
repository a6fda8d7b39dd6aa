import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from './errors.ts';
import { endProcess } from './log.ts';
import type { Logger } from './log.ts';
import { messageOf } from './waiting.ts';

type Close = () => Promise<unknown>;

/** Milliseconds. Somebody else may hold a lock for longer than a stop may take: what waits for it is left as it is. */
const INTAKES_WITHIN = 3_500;
const PART_WITHIN = 2_000;
const ALL_WITHIN = 8_000;

/** Milliseconds after which a stop ends the process as it is: what it leaves is taken up by others. */
const STOP_WITHIN = 9_000;

/** npm forwards Ctrl-C although the terminal has sent it already: a second signal this soon is the same key press. */
const SAME_KEY_PRESS_MS = 800;

/**
 * Stops the parts of the service: what takes work in first and at once, so that the others still finish what it began,
 * then the others, last started first. Who takes too long is left as it is; its transactions are rolled back when the
 * process ends, and others take up what it leaves.
 */
export class Stops {
  readonly #intakes: Close[] = [];
  readonly #others: Close[] = [];

  intake(close: Close): void {
    this.#intakes.push(close);
  }

  other(...closes: readonly Close[]): void {
    this.#others.push(...closes);
  }

  async run(log: Logger): Promise<void> {
    const deadline = Date.now() + ALL_WITHIN;
    await Promise.all(this.#intakes.map((close) => stop(close, INTAKES_WITHIN, log)));
    for (const close of this.#others.toReversed()) {
      await stop(close, Math.max(0, Math.min(PART_WITHIN, deadline - Date.now())), log);
    }
  }
}

async function stop(close: Close, within: number, log: Logger): Promise<void> {
  const closed = close().then(
    () => true,
    (error: unknown) => {
      log.warn({ error: messageOf(error) }, sentence('STOP_INCOMPLETE', 'A part did not stop cleanly'));
      return true;
    },
  );
  const isClosed = await Promise.race([closed, sleep(within, false, { ref: false })]);
  if (!isClosed) log.warn({ within }, sentence('STOP_INCOMPLETE', 'A part has not stopped in time'));
}

export interface StopOptions {
  readonly log: Logger;
  /** How long the service goes on after it has said that it stops, in milliseconds. */
  readonly delayMs: number;
  /** Called with the first signal. */
  announce(): void;
}

/**
 * Aborted `delayMs` after SIGTERM or SIGINT: load balancers need that time to send requests elsewhere. Another signal
 * ends the delay.
 */
export function stopRequested({ log, delayMs, announce }: StopOptions): AbortSignal {
  const stop = new AbortController();
  let requestedAt: number | undefined;
  function begin(): void {
    if (stop.signal.aborted) return;
    stop.abort();
    setTimeout(() => {
      log.error(sentence('STOP_INCOMPLETE', 'The stop took too long: the process ends as it is'));
      void endProcess(1);
    }, STOP_WITHIN).unref();
  }
  for (const cause of ['SIGTERM', 'SIGINT'] as const) {
    // Those of the time in which the service was loaded.
    process.removeAllListeners(cause);
    process.on(cause, () => {
      if (requestedAt !== undefined) {
        if (performance.now() - requestedAt > SAME_KEY_PRESS_MS) begin();
        return;
      }
      requestedAt = performance.now();
      log.info({ cause, delayMs }, 'stopping');
      announce();
      if (delayMs === 0) begin();
      else setTimeout(begin, delayMs);
    });
  }
  return stop.signal;
}
