import { setTimeout as sleep } from 'node:timers/promises';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { bisectTransactions } from '../bisect.ts';
import { sentence } from '../errors.ts';
import { ownerKey } from '../keys.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Impact } from '../readiness.ts';
import type { References } from '../reference/source.ts';
import { outageSentence } from '../reference/source.ts';
import { failureOf } from '../store/database-error.ts';
import { BEFORE_ALL } from '../store/due.ts';
import type { DueOwner } from '../store/due.ts';
import type { Tenants } from '../store/tenants.ts';
import { Backoff, messageOf, regularly } from '../waiting.ts';
import { SweepFacts } from './sweep-facts.ts';
import { RetryDelays } from './retry-delays.ts';
import { applySweep } from './sweep.ts';
import type { Chunk, Sweep, SweepContext } from './sweep.ts';

const MAX_CHUNK_OWNERS = 1_000;
/** If an owner is late by more than this, the sweep waits for its lock instead of skipping it. */
const LATE_AFTER_MS = 20_000;
/** The wait after a pass that could not do everything, at first and at most. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 10_000;
/** How often a pass checks whether a full channel has room again. */
const ROOM_POLL_MS = 20;

/** The components of the schedule: its sweeps. */
export const SCHEDULE_COMPONENTS = { hunger: 'degraded', expiration: 'degraded' } as const satisfies Record<
  Sweep['name'],
  Impact
>;

export interface ScheduleOptions extends SweepContext {
  readonly tenants: Tenants;
  readonly references: References;
  /** The sweeps, each with the time between two passes. */
  readonly sweeps: readonly { readonly sweep: Sweep; readonly intervalMs: number }[];
  readonly publisher: Pick<PublisherPort, 'publish' | 'isFull'>;
  /** Takes why a sweep is not done, or undefined if it is. */
  health(component: Sweep['name'], reason: string | undefined, cause?: unknown): void;
}

/** Runs the sweeps, again and again. Instances share the work without a leader. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #stopping = new AbortController();
  readonly #retries = { hunger: new RetryDelays(), expiration: new RetryDelays() };
  #done: Promise<unknown> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    const { signal } = this.#stopping;
    const passes = this.#options.sweeps.map(({ sweep, intervalMs }) => {
      const backoff = new Backoff(Math.min(intervalMs, MIN_WAIT_MS), MAX_WAIT_MS);
      return regularly(intervalMs, signal, () => this.#pass(sweep, backoff));
    });
    this.#done = Promise.all(passes);
  }

  /** Stops the sweeps and waits until the chunks in progress have finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** Applies a sweep to everything that is due now, chunk by chunk. What cannot be done waits for the next pass. */
  async #pass(sweep: Sweep, backoff: Backoff): Promise<void> {
    const { database, tenants, references, clock, publisher, health } = this.#options;
    const { signal } = this.#stopping;
    const facts = new SweepFacts(references, (ids) => tenants.lastSeen(database, ids));
    let problem: string | undefined;
    let cause: unknown;
    try {
      const now = clock();
      for (let due: DueOwner[] = [], after = BEFORE_ALL; ; after = due.at(-1) ?? after) {
        while (publisher.isFull(petStatus.name) && !signal.aborted) await sleep(ROOM_POLL_MS);
        if (signal.aborted) return;
        due = await sweep.due(database, now, after, MAX_CHUNK_OWNERS);
        const retries = this.#retries[sweep.name];
        const owners = await facts.fetchFor(
          distinct(due).filter((owner) => retries.isDue(owner)),
          sweep.needs,
        );
        // An owner that other sessions hold most of the time would never be free at the moment of a claim that does not wait.
        const { late = [], onTime = [] } = Object.groupBy(owners, ({ at }) =>
          now - at > LATE_AFTER_MS ? 'late' : 'onTime',
        );
        await this.#apply(sweep, onTime, { facts, wait: false });
        await this.#apply(sweep, late, { facts, wait: true });
        if (due.length < MAX_CHUNK_OWNERS) break;
      }
      cause = facts.outage;
      if (cause !== undefined) problem = outageSentence(cause);
    } catch (error) {
      [problem, cause] = failureOf('SWEEP_NOT_DONE', `The ${sweep.name} sweep failed`, error);
    }
    health(sweep.name, problem, cause);
    if (problem === undefined) backoff.reset();
    else await backoff.wait(signal);
  }

  /** Applies a chunk, or the halves of one that fails, until the owner at fault stands alone: it stays due. */
  async #apply(sweep: Sweep, owners: readonly DueOwner[], { facts, wait }: Chunk): Promise<void> {
    await bisectTransactions(
      owners,
      async (some, isRetry) => {
        const chunk = { facts, wait: wait && !isRetry };
        const { done, failed, committed } = await applySweep(this.#options, sweep, some, chunk);
        metrics.swept.inc({ sweep: sweep.name }, done.length);
        this.#options.publisher.publish(committed);
        this.#retries[sweep.name].clear(done);
        for (const { owner, error } of failed) this.#fail(sweep, owner, error);
      },
      (owner, error) => {
        this.#fail(sweep, owner, error);
      },
    );
  }

  #fail(sweep: Sweep, owner: DueOwner, error: unknown): void {
    const { tenantId, ownerId } = owner;
    const isFirst = this.#retries[sweep.name].addFailure(owner);
    if (!isFirst) return;
    const found = { sweep: sweep.name, tenantId, ownerId, error: messageOf(error) };
    this.#options.log.error(found, sentence('SWEEP_NOT_DONE', 'A sweep failed on an owner, which stays due'));
  }
}

/** Returns each owner once: several of its pets may be due. */
function distinct(due: readonly DueOwner[]): DueOwner[] {
  return [...new Map(due.map((owner) => [ownerKey(owner.tenantId, owner.ownerId), owner])).values()];
}
