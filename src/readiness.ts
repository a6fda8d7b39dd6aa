import { metrics } from './metrics.ts';

/** What a component's trouble makes of the whole service: `degraded` still takes traffic. */
export type Impact = 'not ready' | 'degraded';
export type Status = 'ready' | Impact;

interface ComponentState {
  readonly impact: Impact;
  /** Why it does not work; undefined when it does. */
  reason: string | undefined;
  /** The codes of the reasons that were announced of an outage whose end was not; none if there is no outage. */
  readonly announced: Set<string>;
  /** Runs while the component works again and its outage is not over yet. */
  recoveryTimer: NodeJS.Timeout | undefined;
}

/**
 * @param reason why the component does not work; undefined where it works.
 * @param cause the error behind the reason, if there is one.
 */
type Announce = (component: string, reason: string | undefined, impact: Impact, cause?: unknown) => void;

/** An outage is over once its component has worked for this long: one that comes and goes is one outage. */
export const RECOVERY_MS = 10_000;

const STARTING = 'starting';

/** The code at the end of a reason. */
const CODE = /\(([A-Z_]+)\)$/;

/** What keeps the service from being ready, by component. A component is `starting` until its first report. */
export class Readiness {
  readonly #components: ReadonlyMap<string, ComponentState>;
  readonly #announce: Announce;
  #isStopping = false;

  /**
   * @param impacts every component, with what its trouble means.
   * @param announce called when an outage begins, with its reason and cause, once for each other code that it has later, and
   * when it is over (undefined); also when a component works for the first time.
   */
  constructor(impacts: Readonly<Record<string, Impact>>, announce: Announce) {
    this.#components = new Map(
      Object.entries(impacts).map(([name, impact]) => [
        name,
        { impact, reason: STARTING, announced: new Set<string>(), recoveryTimer: undefined },
      ]),
    );
    this.#announce = announce;
  }

  /**
   * @param reason why the component does not work, with what to do; undefined when it does. Anybody may read it.
   * @param cause the error behind it, for the log alone.
   * @returns whether it was announced.
   * @throws {Error} for a component that the constructor was not given.
   */
  report(name: string, reason: string | undefined, cause?: unknown): boolean {
    const component = this.#components.get(name);
    if (component === undefined) throw new Error(`readiness has no component ${name}`);
    const isFirst = component.reason === STARTING;
    component.reason = reason;
    metrics.ready.set({ part: name }, reason === undefined ? 1 : 0);
    this.#countStatus();
    if (reason !== undefined) return this.#begin(name, component, reason, cause);
    if (isFirst) this.#announce(name, undefined, component.impact);
    else if (component.announced.size > 0) {
      component.recoveryTimer ??= setTimeout(() => {
        this.#end(name, component);
      }, RECOVERY_MS).unref();
    }
    return false;
  }

  /** Reports `not ready` from now on, whatever the components report. */
  stop(): void {
    this.#isStopping = true;
    this.#countStatus();
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get status(): Status {
    if (this.#isStopping) return 'not ready';
    const impacts = [...this.#components.values()].flatMap(({ impact, reason }) => {
      if (reason === undefined) return [];
      return reason === STARTING ? 'not ready' : impact;
    });
    if (impacts.includes('not ready')) return 'not ready';
    return impacts.length > 0 ? 'degraded' : 'ready';
  }

  /** Announces the end of outages whose components work again: nothing is reported any more. */
  close(): void {
    for (const [name, component] of this.#components)
      if (component.recoveryTimer !== undefined) this.#end(name, component);
  }

  /** Each component with `ok` or with its reason; `service` only while it stops. */
  toJSON(): Record<string, string> {
    const components = [...this.#components].map(([name, { reason }]) => [name, reason ?? 'ok'] as const);
    return Object.fromEntries(this.#isStopping ? [...components, ['service', 'stopping']] : components);
  }

  #countStatus(): void {
    metrics.ready.set({ part: 'service' }, this.status === 'not ready' ? 0 : 1);
  }

  #begin(name: string, component: ComponentState, reason: string, cause: unknown): boolean {
    clearTimeout(component.recoveryTimer);
    component.recoveryTimer = undefined;
    const code = CODE.exec(reason)?.[1] ?? '';
    if (component.announced.has(code)) return false;
    component.announced.add(code);
    this.#announce(name, reason, component.impact, cause);
    return true;
  }

  #end(name: string, component: ComponentState): void {
    clearTimeout(component.recoveryTimer);
    component.recoveryTimer = undefined;
    component.announced.clear();
    this.#announce(name, undefined, component.impact);
  }
}
