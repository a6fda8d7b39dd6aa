import { setTimeout as sleep } from 'node:timers/promises';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { bisectTransactions } from '../bisect.ts';
import { sentence } from '../errors.ts';
import { ownerKey } from '../keys.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Impact } from '../readiness.ts';
import type { References } from '../reference/facts.ts';
import { outageSentence } from '../reference/source.ts';
import { failureOf } from '../store/database-error.ts';
import { FIRST } from '../store/due.ts';
import type { Due } from '../store/due.ts';
import type { Tenants } from '../store/tenants.ts';
import { Backoff, messageOf, regularly } from '../waiting.ts';
import { PassKnowledge } from './knowledge.ts';
import { Retries } from './retries.ts';
import { applySweep } from './sweep.ts';
import type { Chunk, Sweep, SweepContext } from './sweep.ts';

/** Owners in one unit of work. */
const CHUNK = 1_000;
/** Who is late by more than so many milliseconds is waited for. */
const LATE = 20_000;
/** Milliseconds until a pass that could not do everything is followed by the next, at first and at most. */
const FIRST_WAIT = 1_000;
const MAX_WAIT_MS = 10_000;
/** Milliseconds between two looks whether a full channel has room. */
const LOOK_FOR_ROOM = 20;

/** The components of the schedule: its sweeps. */
export const SCHEDULE_COMPONENTS = { hunger: 'degraded', expiration: 'degraded' } as const satisfies Record<
  Sweep['name'],
  Impact
>;

export interface ScheduleOptions extends SweepContext {
  readonly tenants: Tenants;
  readonly references: References;
  /** The sweeps, and after how many milliseconds each looks again. */
  readonly sweeps: readonly { readonly sweep: Sweep; readonly every: number }[];
  readonly publisher: Pick<PublisherPort, 'publish' | 'isFull'>;
  /** Told why a sweep is not done, or undefined when it is. */
  health(part: Sweep['name'], reason: string | undefined, cause?: unknown): void;
}

/** What happens by itself, when its time has come. Instances share it without a leader. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #stopping = new AbortController();
  readonly #retries = { hunger: new Retries(), expiration: new Retries() };
  #done: Promise<unknown> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    const { signal } = this.#stopping;
    const passes = this.#options.sweeps.map(({ sweep, every }) => {
      const backoff = new Backoff(Math.min(every, FIRST_WAIT), MAX_WAIT_MS);
      return regularly(every, signal, () => this.#pass(sweep, backoff));
    });
    this.#done = Promise.all(passes);
  }

  /** Lets the chunks that run come to their end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** Everything that is due now, chunk by chunk. What cannot be done is passed over until the next pass. */
  async #pass(sweep: Sweep, backoff: Backoff): Promise<void> {
    const { database, tenants, references, clock, publisher, health } = this.#options;
    const { signal } = this.#stopping;
    const knowledge = new PassKnowledge(references, (ids) => tenants.lastSeen(database, ids));
    let trouble: string | undefined;
    let cause: unknown;
    try {
      const now = clock();
      for (let due: Due[] = [], after = FIRST; ; after = due.at(-1) ?? after) {
        while (publisher.isFull(petStatus.name) && !signal.aborted) await sleep(LOOK_FOR_ROOM);
        if (signal.aborted) return;
        due = await sweep.due(database, now, after, CHUNK);
        const retries = this.#retries[sweep.name];
        const owners = await knowledge.inform(
          distinct(due).filter((owner) => retries.mayTry(owner)),
          sweep.needs,
        );
        // One whom others always hold would never be free at the very moment of a look.
        const { late = [], intime = [] } = Object.groupBy(owners, ({ at }) => (now - at > LATE ? 'late' : 'intime'));
        await this.#apply(sweep, intime, { knowledge, wait: false });
        await this.#apply(sweep, late, { knowledge, wait: true });
        if (due.length < CHUNK) break;
      }
      cause = knowledge.trouble;
      if (cause !== undefined) trouble = outageSentence(cause);
    } catch (error) {
      [trouble, cause] = failureOf('SWEEP_NOT_DONE', `The ${sweep.name} sweep failed`, error);
    }
    health(sweep.name, trouble, cause);
    if (trouble === undefined) backoff.reset();
    else await backoff.wait(signal);
  }

  /** Applies a chunk, or the halves of one that fails, until the owner at fault stands alone: it stays due. */
  async #apply(sweep: Sweep, owners: readonly Due[], { knowledge, wait }: Chunk): Promise<void> {
    await bisectTransactions(
      owners,
      async (some, isRetry) => {
        const chunk = { knowledge, wait: wait && !isRetry };
        const { done, failed, committed } = await applySweep(this.#options, sweep, some, chunk);
        metrics.swept.inc({ sweep: sweep.name }, done.length);
        this.#options.publisher.publish(committed);
        this.#retries[sweep.name].done(done);
        for (const { owner, error } of failed) this.#fail(sweep, owner, error);
      },
      (owner, error) => {
        this.#fail(sweep, owner, error);
      },
    );
  }

  #fail(sweep: Sweep, owner: Due, error: unknown): void {
    const { tenantId, ownerId } = owner;
    const isFirst = this.#retries[sweep.name].failed(owner);
    if (!isFirst) return;
    const found = { sweep: sweep.name, tenantId, ownerId, error: messageOf(error) };
    this.#options.log.error(found, sentence('SWEEP_NOT_DONE', 'A sweep failed on an owner, who stays due'));
  }
}

/** Each owner once: several of its pets may be due. */
function distinct(due: readonly Due[]): Due[] {
  return [...new Map(due.map((owner) => [ownerKey(owner.tenantId, owner.ownerId), owner])).values()];
}
