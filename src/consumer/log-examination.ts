import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { Broker, GroupMembership, Fetched } from '../transport/broker.ts';
import { messageOf } from '../waiting.ts';
import type { Anomaly, Lane } from './lane.ts';
import { recreated, unreadable } from './start.ts';

/** A lane whose records are being applied is checked this often for whether it is empty. */
const EMPTY_CHECK_INTERVAL_MS = 20;

export interface LogExaminationOptions {
  readonly broker: Pick<Broker, 'bounds'>;
  /** Returns the group membership, which is known before anything is fetched. */
  membership(): GroupMembership;
  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean;
  /** Closes the lane and keeps its partition from being read until its row is moved. */
  refuse(lane: Lane, problem: string): void;
  /** Closes the lane and opens another one at the offset in its row. */
  reopen(lane: Lane): Promise<void>;
  /** Called when records were added to a lane. */
  added(lane: Lane): void;
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/**
 * Finds out what an anomaly of a fetch means, see {@link Anomaly}. A fetch may show what is not so: what a second one can
 * confirm is read again first. A confirmed anomaly is examined while its partition is paused.
 */
export class LogExamination {
  readonly #options: LogExaminationOptions;

  constructor(options: LogExaminationOptions) {
    this.#options = options;
  }

  async examine(lane: Lane, fetched: Fetched, anomaly: Anomaly): Promise<void> {
    const { membership, refuse, added } = this.#options;
    switch (anomaly.kind) {
      case 'other log':
        refuse(lane, recreated(anomaly.last, anomaly.found));
        return;
      case 'damage':
        if (lane.isConfirmed(anomaly)) await this.#stopBefore(lane, unreadable(anomaly.damage));
        // Reading goes on at the damaged batch, and finds it again.
        else added(lane);
        return;
      case 'gap':
        if (lane.isConfirmed(anomaly)) await this.#readOverGap(lane, fetched, anomaly.from);
        else membership().seek(lane, lane.readFrom);
        return;
      case 'below':
        this.#hold(lane);
        await this.#reopenWhenEmpty(lane);
    }
  }

  /** Lets what was read before a damaged batch be applied; then nothing more is read. */
  async #stopBefore(lane: Lane, problem: string): Promise<void> {
    this.#hold(lane);
    metrics.unreadableBatches.inc({ topic: lane.topic });
    if (await this.#isEmptied(lane)) this.#options.refuse(lane, problem);
  }

  /** Reads on behind missing offsets if the log has a gap there. Otherwise its records were deleted, or it is not known. */
  async #readOverGap(lane: Lane, fetched: Fetched, from: bigint): Promise<void> {
    const { membership, has, added } = this.#options;
    this.#hold(lane);
    if (await this.#isInLog(lane, from)) {
      if (!has(lane)) return;
      const anomaly = lane.push(fetched, true);
      if (anomaly === undefined || anomaly.kind === 'damage') {
        lane.release();
        membership().seek(lane, lane.readFrom);
        if (!lane.isFull) membership().resume(lane);
        added(lane);
        return;
      }
    }
    await this.#reopenWhenEmpty(lane);
  }

  /** Waits for the queued records to be applied: they were read while they were there, and cannot be read again. */
  async #reopenWhenEmpty(lane: Lane): Promise<void> {
    if (await this.#isEmptied(lane)) await this.#options.reopen(lane);
  }

  /** Waits until the lane is empty. @returns whether it is still the lane of its partition. */
  async #isEmptied(lane: Lane): Promise<boolean> {
    const { has, stop } = this.#options;
    while (lane.waiting > 0 && has(lane) && !stop.aborted) await sleep(EMPTY_CHECK_INTERVAL_MS);
    return has(lane);
  }

  #hold(lane: Lane): void {
    lane.hold();
    this.#options.membership().pause(lane);
  }

  /**
   * Returns whether the log still begins at or below this offset. If that is not known, the lane must be opened again: what opens
   * it asks until the broker answers, and reports what is wrong.
   */
  async #isInLog({ topic, partition }: Lane, offset: bigint): Promise<boolean> {
    const { broker, log } = this.#options;
    try {
      const bounds = (await broker.bounds(topic)).get(partition);
      return bounds !== undefined && bounds.low <= offset;
    } catch (error) {
      log.debug({ topic, partition, error: messageOf(error) }, 'failed to read the bounds of a log');
      return false;
    }
  }
}
