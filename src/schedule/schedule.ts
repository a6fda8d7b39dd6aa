import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '../errors.ts';
import { metrics } from '../metrics.ts';
import { ReferenceError } from '../reference/source.ts';
import { FIRST } from '../store/due.ts';
import type { Due } from '../store/due.ts';
import { classify } from '../store/failure.ts';
import type { PendingRecord } from '../store/outbox.ts';
import { messageOf, regularly } from '../waiting.ts';
import { applySweep, ChunkKnowledge } from './sweep.ts';
import type { ChunkContext, Sweep } from './sweep.ts';

/** Owners in one unit of work. */
const CHUNK = 1_000;
/** Facts are fetched at most so often for a chunk. */
const MOST_ROUNDS = 3;
/** Milliseconds between two looks whether a full outlet has room. */
const LOOK_FOR_ROOM = 20;

/** What the schedule reports on. */
export const SCHEDULE_PARTS = ['hunger', 'expiration'] as const;

export interface ScheduleOptions extends ChunkContext {
  /** The sweeps, and after how many milliseconds each looks again. */
  readonly sweeps: readonly { readonly sweep: Sweep; readonly every: number }[];
  readonly outlet: {
    publish(records: readonly PendingRecord[]): void;
    isFull(): boolean;
  };
  /** Told why a sweep is not done, or undefined when it is. */
  health(part: Sweep['name'], reason: string | undefined): void;
}

/** What happens by itself, when its time has come. Instances share it without a leader. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #stopping = new AbortController();
  #done: Promise<unknown> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    const { signal } = this.#stopping;
    const passes = this.#options.sweeps.map(({ sweep, every }) => regularly(every, signal, () => this.#pass(sweep)));
    this.#done = Promise.all(passes);
  }

  /** Lets the chunks that run come to their end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** Everything that is due now, chunk by chunk. What cannot be done is passed over until the next pass. */
  async #pass(sweep: Sweep): Promise<void> {
    const { database, clock, outlet, health } = this.#options;
    const { signal } = this.#stopping;
    let trouble: string | undefined;
    try {
      const now = clock();
      for (let due: Due[] = [], after = FIRST; ; after = due.at(-1) ?? after) {
        while (outlet.isFull() && !signal.aborted) await sleep(LOOK_FOR_ROOM);
        if (signal.aborted) return;
        due = await sweep.due(database, now, after, CHUNK);
        const owners = distinct(due.filter(({ tenant }) => tenant !== undefined));
        if (owners.length > 0) trouble = (await this.#apply(sweep, owners)) ?? trouble;
        if (due.length < CHUNK) break;
      }
    } catch (error) {
      const what = `The ${sweep.name} of pets cannot be looked at: ${messageOf(error)}`;
      trouble = sentence('SWEEP_NOT_DONE', what);
    }
    health(sweep.name, trouble);
  }

  /** Applies a chunk, by halves where rows are at fault; asks other services for what it lacks. @returns why not all. */
  async #apply(sweep: Sweep, owners: readonly Due[]): Promise<string | undefined> {
    const { references, outlet } = this.#options;
    const knowledge = new ChunkKnowledge(references);
    let left = owners;
    try {
      for (let round = 0; round <= MOST_ROUNDS && left.length > 0; round += 1) {
        const { done, told, lacking, needs } = await applySweep(this.#options, sweep, left, knowledge);
        metrics.swept.inc({ sweep: sweep.name }, done.length);
        outlet.publish(told);
        left = lacking;
        const byTenant = Map.groupBy(needs, ({ facts }) => facts);
        await Promise.all([...byTenant].map(([facts, asked]) => facts.fetch(asked.map(({ need }) => need))));
      }
    } catch (error) {
      if (error instanceof ReferenceError) return sentence('REFERENCE_UNREACHABLE', error.message);
      return await this.#halve(sweep, left, error);
    }
    return undefined;
  }

  async #halve(sweep: Sweep, owners: readonly Due[], error: unknown): Promise<string | undefined> {
    if (classify(error) === 'outage') throw error;
    const [alone] = owners;
    if (owners.length === 1 && alone !== undefined) {
      const { tenantId, ownerId } = alone;
      this.#options.log.error({ sweep: sweep.name, tenantId, ownerId, error: messageOf(error) }, 'rows were refused');
      return undefined;
    }
    const half = Math.ceil(owners.length / 2);
    const first = await this.#apply(sweep, owners.slice(0, half));
    return (await this.#apply(sweep, owners.slice(half))) ?? first;
  }
}

/** Each owner once: several of its pets may be due. */
function distinct(due: readonly Due[]): Due[] {
  return [...new Map(due.map((owner) => [`${owner.tenantId}/${String(owner.ownerId)}`, owner])).values()];
}
