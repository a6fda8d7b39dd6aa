import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from './errors.ts';
import { endProcess } from './log.ts';
import type { Logger } from './log.ts';
import { messageOf } from './waiting.ts';

type Close = () => Promise<unknown>;

/** A stop does not wait for ever: another session may hold a lock for longer than a stop may take. */
const MAX_INTAKE_STOP_MS = 3_500;
const MAX_COMPONENT_STOP_MS = 2_000;
const MAX_STOPS_MS = 8_000;

/** Milliseconds after which the process ends even if the stop is not complete. Other instances continue its work. */
const MAX_STOP_MS = 9_000;

/** npm forwards a Ctrl-C that the terminal has already sent: a second signal this soon is the same key press. */
const SAME_KEY_PRESS_MS = 800;

/**
 * Stops the components of the service. First all intakes (components that take in work), concurrently, so that the others can
 * finish that work; then the others, in the reverse order of their start. A component that takes too long is abandoned: when
 * the process ends, the database rolls back its transactions, and other instances continue its work.
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
    const deadline = Date.now() + MAX_STOPS_MS;
    await Promise.all(this.#intakes.map((close) => stopOne(close, MAX_INTAKE_STOP_MS, log)));
    for (const close of this.#others.toReversed()) {
      await stopOne(close, Math.max(0, Math.min(MAX_COMPONENT_STOP_MS, deadline - Date.now())), log);
    }
  }
}

async function stopOne(close: Close, maxWaitMs: number, log: Logger): Promise<void> {
  const closed = close().then(
    () => true,
    (error: unknown) => {
      log.warn({ error: messageOf(error) }, sentence('STOP_INCOMPLETE', 'A component failed to stop'));
      return true;
    },
  );
  const isClosed = await Promise.race([closed, sleep(maxWaitMs, false, { ref: false })]);
  if (!isClosed) log.warn({ maxWaitMs }, sentence('STOP_INCOMPLETE', 'A component did not stop in time'));
}

export interface StopOptions {
  readonly log: Logger;
  /** Milliseconds between the announcement of the stop and its begin. */
  readonly delayMs: number;
  /** Called with the first signal. */
  announce(): void;
}

/**
 * Returns a signal that aborts `delayMs` after SIGTERM or SIGINT. Load balancers need that time to send requests elsewhere.
 * A second signal ends the delay.
 */
export function stopRequested({ log, delayMs, announce }: StopOptions): AbortSignal {
  const stop = new AbortController();
  let requestedAt: number | undefined;
  function begin(): void {
    if (stop.signal.aborted) return;
    stop.abort();
    setTimeout(() => {
      log.error(sentence('STOP_INCOMPLETE', 'The stop took too long, and the process ends before it is complete'));
      void endProcess(1);
    }, MAX_STOP_MS).unref();
  }
  for (const cause of ['SIGTERM', 'SIGINT'] as const) {
    // Replaces the handlers of src/launch.ts.
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
