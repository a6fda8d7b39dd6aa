import { InvariantError } from './invariant.ts';
import { metrics } from './metrics.ts';

/** The state of the service while a component does not work. A `degraded` service still takes traffic. */
export type Impact = 'not ready' | 'degraded';
export type Status = 'ready' | Impact;

interface ComponentState {
  readonly impact: Impact;
  /** Why the component does not work; undefined while it works. */
  reason: string | undefined;
  /** The codes that were announced during the current outage; empty if there is no outage. */
  readonly announced: Set<string>;
  /** Runs while the component works again and the outage does not count as over yet. */
  recoveryTimer: NodeJS.Timeout | undefined;
}

/**
 * @param reason why the component does not work; undefined if it works.
 * @param cause the error behind the reason, if there is one.
 */
type Announce = (component: string, reason: string | undefined, impact: Impact, cause?: unknown) => void;

/** An outage counts as over after its component has worked for so long, so that a flapping component causes one outage. */
export const RECOVERY_MS = 10_000;

const STARTING = 'starting';

/** The code at the end of a reason. */
const CODE = /\(([A-Z_]+)\)$/;

/** The state of each component, and of the service as a whole. A component is `starting` until its first report. */
export class Readiness {
  readonly #components: ReadonlyMap<string, ComponentState>;
  readonly #announce: Announce;
  #isStopping = false;

  /**
   * @param impacts every component, with the state of the service while it does not work.
   * @param announce called when an outage begins, with its reason and cause; once for each further code during the outage; when
   * the outage is over (reason undefined); and when a component works for the first time.
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
   * Reports the state of a component.
   *
   * @param reason why the component does not work, and what to do; undefined if it works. Anybody may read it.
   * @param cause the error behind the reason, for the log only.
   * @returns whether the reason was announced.
   * @throws {InvariantError} if the constructor did not get the component.
   */
  report(name: string, reason: string | undefined, cause?: unknown): boolean {
    const component = this.#components.get(name);
    if (component === undefined) throw new InvariantError(`readiness must have a component ${name}`);
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

  /** Announces the end of all outages whose components work again, without further delay. */
  close(): void {
    for (const [name, component] of this.#components)
      if (component.recoveryTimer !== undefined) this.#end(name, component);
  }

  /** Returns each component with `ok` or its reason, and `service` while the service stops. */
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
