import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { Assignment, GroupMembership, Damage } from '../transport/broker.ts';
import { unreadable } from './start.ts';

/** A batch that cannot be read is read again after this time: an operator may have repaired the log. */
const READ_AGAIN_MS = 5_000;

/**
 * A partition that stops before a batch which cannot be read.
 *
 * - `suspected`: one fetch found it. A second one is on its way: what the first found may be damage of that fetch only.
 * - `paused`: a second fetch found the same. The partition is not read for a while.
 * - `retrying`: it was confirmed before, and is being read again.
 *
 *     (readable) ── damaged fetch ──> suspected ── same damage ──> paused ── after a while, or reassigned ──> retrying
 *                                                                  paused <── same damage ── retrying
 *     Other damage in any state: suspected. A fetch without damage, or the partition is lost: (readable). What leaves
 *     `paused` is read on, unless all partitions are paused.
 */
interface Unreadable {
  readonly problem: string;
  state: 'suspected' | 'paused' | 'retrying';
}

export interface UnreadablePartitionsOptions {
  /** Returns the group membership, which is known before anything is fetched. */
  membership(): GroupMembership;
  /** Returns whether all partitions are paused, because too much waits to be written. */
  isPaused(): boolean;
  /** Called when {@link UnreadablePartitions.reason} has changed. @returns whether it was logged. */
  changed(): boolean;
  readonly log: Logger;
}

/** The assigned partitions whose next batch cannot be read, with what is done about them. */
export class UnreadablePartitions {
  readonly #options: UnreadablePartitionsOptions;
  readonly #partitions = new Map<string, Unreadable>();

  constructor(options: UnreadablePartitionsOptions) {
    this.#options = options;
  }

  /** Why partitions are not read; undefined if all are. */
  get reason(): string | undefined {
    const confirmed = [...this.#partitions].filter(([, { state }]) => state !== 'suspected');
    return confirmed.length === 0
      ? undefined
      : confirmed.map(([name, { problem }]) => `${name}: ${problem}`).join('; ');
  }

  /** Whether a partition is paused on its own account. */
  isPaused(partition: Assignment): boolean {
    return this.#partitions.get(partitionKey(partition))?.state === 'paused';
  }

  /** Keeps what is known of the partitions that are assigned again. All assigned partitions are read now. */
  reassign(partitions: readonly Assignment[]): void {
    const names = new Set(partitions.map(partitionKey));
    for (const [name, stopped] of this.#partitions) {
      if (!names.has(name)) this.#forget(name);
      else if (stopped.state === 'paused') stopped.state = 'retrying';
    }
  }

  /** Takes what a fetch found. @param next where the partition is read on. */
  fetched(partition: Assignment, damage: Damage | undefined, next: bigint): void {
    const name = partitionKey(partition);
    const known = this.#partitions.get(name);
    if (damage === undefined) {
      this.#forget(name);
      if (known?.state === 'paused') this.#resume(partition);
      return;
    }
    const problem = unreadable(damage);
    if (known?.problem !== problem) {
      this.#partitions.set(name, { problem, state: 'suspected' });
      this.#options.membership().seek(partition, next);
      if (known?.state === 'paused') this.#resume(partition);
    } else if (known.state !== 'paused') {
      this.#pause(partition, known, next);
    }
  }

  #pause(partition: Assignment, known: Unreadable, next: bigint): void {
    const { membership, changed, log } = this.#options;
    const name = partitionKey(partition);
    const isFirst = known.state === 'suspected';
    known.state = 'paused';
    membership().pause(partition);
    setTimeout(() => {
      if (this.#partitions.get(name) !== known || known.state !== 'paused') return;
      known.state = 'retrying';
      membership().seek(partition, next);
      this.#resume(partition);
    }, READ_AGAIN_MS).unref();
    if (!isFirst) return;
    metrics.unreadableBatches.inc({ topic: partition.topic });
    // The outage may have begun with another partition.
    if (!changed()) log.warn({ partition: name, reason: known.problem }, 'a further partition is not consumed');
  }

  #resume(partition: Assignment): void {
    const { membership, isPaused } = this.#options;
    if (!isPaused()) membership().resume(partition);
  }

  #forget(name: string): void {
    if (this.#partitions.delete(name)) this.#options.changed();
  }
}
