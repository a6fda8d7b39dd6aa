import { metrics } from './metrics.ts';

/** What keeps the service from being ready, by part. A part that was never named counts as missing. */
export class Readiness {
  readonly #parts = new Map<string, string | undefined>();
  readonly #changed: (part: string, reason: string | undefined) => void;

  /** @param changed told once when a part's trouble begins, with its first reason, and once when it is over. */
  constructor(parts: readonly string[], changed: (part: string, reason: string | undefined) => void) {
    for (const part of parts) this.#parts.set(part, STARTING);
    this.#changed = changed;
  }

  /** @param reason why the part is not ready, with what to do; undefined when it is. */
  report(part: string, reason: string | undefined): void {
    const before = this.#parts.get(part);
    this.#parts.set(part, reason);
    metrics.ready.set({ part }, reason === undefined ? 1 : 0);
    const hadTrouble = before !== undefined && before !== STARTING;
    if (reason === undefined ? before !== undefined : !hadTrouble) this.#changed(part, reason);
  }

  get ready(): boolean {
    return [...this.#parts.values()].every((reason) => reason === undefined);
  }

  /** Each part with `ok` or with what it lacks. */
  toJSON(): Record<string, string> {
    return Object.fromEntries([...this.#parts].map(([part, reason]) => [part, reason ?? 'ok']));
  }
}

const STARTING = 'starting';
