import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { outageOf } from '../outage.ts';
import type { Assignment } from '../transport/broker.ts';
import { Backoff } from '../waiting.ts';
import { findStarts } from './start.ts';
import type { StartContext, StartPosition } from './start.ts';

/** A partition that must not be read is checked again after this time: the operator may have moved its row. */
const CHECK_AGAIN_MS = 5_000;

export interface StartOffsetsOptions extends StartContext {
  /** Opens the lane of a partition. */
  open(start: StartPosition): void;
  /** Takes why partitions must not be read, or undefined when all may. @returns whether it was logged. */
  health(reason: string | undefined, cause?: unknown): boolean;
  /** Notes that a partition's problem is logged. @returns whether it was not logged before, in any assignment. */
  isNewProblem(partition: string): boolean;
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/** A partition with what its row held when it was refused. */
export type RefusedRow = Assignment & Pick<StartPosition, 'next' | 'lastApplied'>;

/** A partition that must not be read. */
interface Refusal {
  readonly problem: string;
  /** The row, if its log is another one or damaged: the partition is refused until the row is moved. */
  readonly row: RefusedRow | undefined;
}

/**
 * Where the partitions of one assignment start. A partition is either opened, or refused and checked again and again,
 * until it can be opened or a newer assignment {@link end ends} this one.
 */
export class StartOffsets {
  readonly #options: StartOffsetsOptions;
  /** By the name of the partition. */
  readonly #refusals = new Map<string, Refusal>();
  #isOver = false;

  constructor(options: StartOffsetsOptions) {
    this.#options = options;
  }

  /** Ends this assignment: a newer one has come, and nothing is opened or reported any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Reads where these partitions start, and opens those that may be read. Tries until that can be read. */
  async open(partitions: readonly Assignment[]): Promise<void> {
    const { stop } = this.#options;
    const backoff = new Backoff();
    while (!this.#isOver && !stop.aborted) {
      try {
        const starts = await findStarts(this.#options, partitions);
        this.#openOrRefuse(starts);
        return;
      } catch (error) {
        this.#report(...outageOf('OFFSETS_UNREADABLE', 'Cannot read start offsets', error));
        await backoff.wait(stop);
      }
    }
  }

  /** Refuses a partition until its row is moved. */
  refuse(row: RefusedRow, problem: string): void {
    this.#refuse([{ topic: row.topic, partition: row.partition, problem, row }]);
  }

  #openOrRefuse(starts: Awaited<ReturnType<typeof findStarts>>): void {
    if (this.#isOver) return;
    const refused = [];
    for (const start of starts) {
      const name = partitionKey(start);
      const known = this.#refusals.get(name);
      if ('problem' in start) refused.push({ ...start, row: known?.row });
      else if (known?.row !== undefined && isSameRow(known.row, start)) refused.push({ ...start, ...known });
      else {
        this.#refusals.delete(name);
        this.#options.open(start);
      }
    }
    this.#refuse(refused);
  }

  /** @returns whether it was logged. */
  #report(reason: string | undefined, cause?: unknown): boolean {
    return !this.#isOver && this.#options.health(reason, cause);
  }

  /** Refuses these partitions, reports all that are refused, and checks these again later. */
  #refuse(refused: readonly (Assignment & Refusal)[]): void {
    if (this.#isOver) return;
    const { isNewProblem, log } = this.#options;
    for (const { problem, row, ...partition } of refused) this.#refusals.set(partitionKey(partition), { problem, row });
    const problems = [...this.#refusals].map(([name, { problem }]) => `${name}: ${problem}`);
    const isLogged = this.#report(problems.length === 0 ? undefined : problems.join('; '));
    for (const { problem, ...start } of refused) {
      const partition = partitionKey(start);
      // The outage may have begun with another partition, perhaps in an earlier assignment.
      if (isNewProblem(partition) && !isLogged) {
        log.warn({ partition, reason: problem }, 'a further partition is not consumed');
      }
    }
    if (refused.length === 0) return;
    setTimeout(() => {
      void this.open(refused);
    }, CHECK_AGAIN_MS).unref();
  }
}

function isSameRow(row: RefusedRow, start: StartPosition): boolean {
  return row.next === start.next && row.lastApplied?.timestamp === start.lastApplied?.timestamp;
}
