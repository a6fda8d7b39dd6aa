import { once } from 'node:events';
import type { Logger } from 'pino';
import { messageOf } from '../waiting.ts';
import type { SendResult } from './send.ts';

/**
 * Tracks sends that were given up while the broker could still ack them. Their records must not be sent again until the outcome
 * is known. Records that were acked after all are deleted without another send.
 */
export class LateAcks {
  readonly #topic: string;
  readonly #log: Logger;
  #underWay: SendResult['underWay'];
  #acked: ReadonlySet<bigint> = new Set();

  constructor(topic: string, log: Logger) {
    this.#topic = topic;
    this.#log = log;
  }

  /** Whether the broker acked a record after its transaction had ended. */
  has(id: bigint): boolean {
    return this.#acked.has(id);
  }

  /** Notes what the broker may still ack of a send, if anything. */
  note(underWay: SendResult['underWay']): void {
    this.#underWay = underWay;
  }

  /** Waits until the broker has acked or failed what it could still ack, or until `stop`. */
  async settled(stop: AbortSignal): Promise<void> {
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    this.#underWay = undefined;
    const settled = underWay.settled.then(
      () => {
        this.#acked = new Set(underWay.ids);
      },
      (error: unknown) => {
        this.#log.debug({ topic: this.#topic, error: messageOf(error) }, 'a late send has failed');
      },
    );
    await Promise.race([settled, once(stop, 'abort')]);
  }
}
