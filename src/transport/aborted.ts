import type { BrokerRecord } from './broker.ts';
import type { BatchHeader } from './record-batch.ts';

/** As the broker lists it beside the batches of a fetch, in no order. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The type of an abort marker, in the key of its control record behind a version of two bytes. */
const ABORT = 0;
const TYPE_AT = 2;

/**
 * Tells which batches of a fetch are of aborted transactions: those of a producer from the first offset of its aborted
 * transaction to its abort marker. Asked of each batch once, in the order of the log.
 */
export class AbortedTransactions {
  readonly #ahead: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  }

  isAborted({ lastOffset, producerId, isTransactional, isControl }: BatchHeader): boolean {
    this.#openUpTo(lastOffset);
    return isTransactional && !isControl && this.#open.has(producerId);
  }

  /** Takes note of a control batch: an abort marker ends its producer's transaction. */
  passMarker({ lastOffset, producerId }: BatchHeader, [marker]: readonly BrokerRecord[]): void {
    // A fetch may begin with the marker: the transaction that it ends must not count as open behind it.
    this.#openUpTo(lastOffset);
    if (marker?.key?.readInt16BE(TYPE_AT) === ABORT) this.#open.delete(producerId);
  }

  #openUpTo(offset: bigint): void {
    for (let [next] = this.#ahead; next !== undefined && next.firstOffset <= offset; [next] = this.#ahead) {
      this.#open.add(next.producerId);
      this.#ahead.shift();
    }
  }
}
