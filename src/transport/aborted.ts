import type { BrokerRecord } from './broker.ts';
import type { BatchHeader } from './record-batch.ts';

/** An aborted transaction, as the broker lists it with the batches of a fetch, in no order. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The type of an abort marker, in the key of its control record after a version of two bytes. */
const ABORT = 0;
const TYPE_AT = 2;

/**
 * Finds the batches of aborted transactions in a fetch: those of a producer from the first offset of its aborted transaction
 * to its abort marker. Takes each batch once, in the order of the log.
 */
export class AbortedTransactions {
  readonly #notStarted: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#notStarted = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  }

  isAborted({ lastOffset, producerId, isTransactional, isControl }: BatchHeader): boolean {
    this.#openUpTo(lastOffset);
    return isTransactional && !isControl && this.#open.has(producerId);
  }

  /** Takes a control batch: an abort marker ends its producer's transaction. */
  passMarker({ lastOffset, producerId }: BatchHeader, [marker]: readonly BrokerRecord[]): void {
    // A fetch may begin with the marker: the transaction that it ends must not count as open after it.
    this.#openUpTo(lastOffset);
    if (marker?.key?.readInt16BE(TYPE_AT) === ABORT) this.#open.delete(producerId);
  }

  #openUpTo(offset: bigint): void {
    for (let [next] = this.#notStarted; next !== undefined && next.firstOffset <= offset; [next] = this.#notStarted) {
      this.#open.add(next.producerId);
      this.#notStarted.shift();
    }
  }
}
