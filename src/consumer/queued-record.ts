import type { Invalid } from '../../generated/contract/record.js';
import type { Task } from '../handlers/task.ts';
import { InvariantError } from '../invariant.ts';
import { encodedSize } from '../record-size.ts';
import type { Need } from '../domain/facts.ts';
import type { Knowledge } from '../reference/facts.ts';
import type { BrokerRecord } from '../transport/broker.ts';
import { messageOf } from '../waiting.ts';

/** A record becomes a dead letter after this many exceptions of our own code. */
export const MAX_ATTEMPTS = 3;

export type RecordState =
  /** Fetched, and not decoded. */
  | 'queued'
  /** Of a type that the service does not handle: applying it only moves the offset. */
  | 'skipped'
  /** Breaks the contract: its effect is a dead letter. */
  | 'invalid'
  /** Decoded: its rule can be asked. */
  | 'ready'
  /** Facts that its rule will probably need are being fetched. Its lane's batch share ends before it, so that it waits for them. */
  | 'prefetching'
  /** Like `ready`, except that its facts are not prefetched again. */
  | 'prefetch failed'
  /** Its rule cannot decide without facts whose fetch has not begun. Its lane's batch share ends before it. */
  | 'blocked'
  /** The facts that its rule needs are being fetched. Its lane's batch share ends before it. */
  | 'fetching'
  /** Its handler failed too often, or the database refuses its rows: its effect is a dead letter. */
  | 'dead-lettered'
  /** Its unit of work is committed. */
  | 'applied';

/** The states in which the rule of the record decides its effect. A unit of work never holds one that is `fetching`. */
const DECIDING: readonly RecordState[] = ['ready', 'prefetching', 'prefetch failed', 'blocked'];
const MAY_FAIL: readonly RecordState[] = ['queued', ...DECIDING];
const MAY_BE_APPLIED: readonly RecordState[] = [...DECIDING, 'skipped', 'invalid', 'dead-lettered'];

/**
 * A record that waits for its unit of work. It owns all that is known of it; other files call the transitions and read.
 *
 *     queued ── skip ────> skipped ──────────────────┐
 *       │ ───── refuse ──> invalid ──────────────────┤
 *       │ ───── fail ────> dead-lettered ────────────┼── apply ──> applied
 *       │                        ^                   │
 *       │                        └── fail ──┐        │
 *       └────── decode ──> ready, … ────────┴────────┘
 *
 * As long as its rule decides its effect, each of the states `ready`, `prefetching`, `prefetch failed` and `blocked` may
 * end in `fail` or `apply`. Between them:
 *
 *     ready ── startPrefetch ──> prefetching ── endPrefetch ──> ready | prefetch failed | blocked
 *     prefetch failed ── allowPrefetch ──> ready
 *     ready | prefetch failed ── block ──> blocked ── startFetch ──> fetching ── endFetch ──> ready
 *
 * | transition | made by |
 * | --- | --- |
 * | `decode`, `skip`, `refuse` | `decode` in decode.ts: for a unit of work, or earlier, to prefetch |
 * | `startPrefetch`, `endPrefetch`, `allowPrefetch`, `startFetch`, `endFetch` | {@link Fetching} alone |
 * | `expect`, `block` | a unit of work, as it asks the rule |
 * | `fail` | `decode` in decode.ts if the decoder throws, a unit of work if the rule throws, {@link applyBySplitting} if the unit of work of this record alone fails |
 * | `apply` | {@link Lane.applied}, after the commit |
 *
 * A unit of work that is rolled back leaves the state as it is: its next try asks the rule again. A prefetch may begin
 * while a unit of work holds the record. If the rule asks for facts meanwhile, the record becomes `blocked` when the
 * prefetch ends; if the record is applied or becomes a dead letter meanwhile, the end of the prefetch changes nothing.
 */
export class QueuedRecord {
  readonly record: BrokerRecord;
  /** Its size; see {@link encodedSize}. */
  readonly bytes: number;
  #state: RecordState = 'queued';
  #attempts = 0;
  #lastError: string | undefined;
  #task: Task | undefined;
  #facts: Knowledge | undefined;
  #invalid: Invalid | undefined;
  #expectedFacts: readonly Need[] = [];
  #missingFacts: readonly Need[] | undefined;

  constructor(record: BrokerRecord) {
    this.record = record;
    this.bytes = encodedSize(record);
  }

  get state(): RecordState {
    return this.#state;
  }

  /** Whether its lane ends before it until facts have arrived. */
  get isWaitingForFacts(): boolean {
    return this.#state === 'prefetching' || this.#state === 'blocked' || this.#state === 'fetching';
  }

  /** The message with its rule, if the rule decides the effect of the record. */
  get task(): Task | undefined {
    return DECIDING.includes(this.#state) ? this.#task : undefined;
  }

  /** The facts that were fetched for its rule. */
  get facts(): Knowledge {
    if (this.#facts === undefined) throw new InvariantError(`a record that is ${this.#state} has no facts`);
    return this.#facts;
  }

  /** The facts that its rule will ask for, as far as they are known. */
  get expectedFacts(): readonly Need[] {
    return this.#expectedFacts;
  }

  /** The facts that its rule asked for and cannot decide without, if it is `blocked` or becomes so. */
  get missingFacts(): readonly Need[] | undefined {
    return this.#missingFacts;
  }

  /** How it breaks the contract. */
  get invalid(): Invalid {
    if (this.#invalid === undefined) throw new InvariantError(`a record that is ${this.#state} has no violation`);
    return this.#invalid;
  }

  /** How often its handler has thrown, or its unit of work has failed by its fault. */
  get attempts(): number {
    return this.#attempts;
  }

  /** What went wrong in the last attempt. */
  get lastError(): string {
    if (this.#lastError === undefined) throw new InvariantError('a record that has not failed has no error');
    return this.#lastError;
  }

  /** Whether its effect can no more be replaced by a dead letter: it is one already, or there is none. */
  get isLastResort(): boolean {
    return this.#state === 'skipped' || this.#state === 'invalid' || this.#state === 'dead-lettered';
  }

  decode(task: Task, facts: Knowledge): void {
    this.#move('decode', ['queued'], 'ready');
    this.#task = task;
    this.#facts = facts;
    this.#expectedFacts = task.prefetch;
  }

  skip(): void {
    this.#move('skip', ['queued'], 'skipped');
  }

  refuse(invalid: Invalid): void {
    this.#move('refuse', ['queued'], 'invalid');
    this.#invalid = invalid;
  }

  /** Notes which facts its rule will ask for if the records before it change nothing. */
  expect(facts: readonly Need[]): void {
    this.#move('expect', DECIDING, this.#state);
    this.#expectedFacts = facts;
  }

  startPrefetch(): void {
    this.#move('startPrefetch', ['ready'], 'prefetching');
  }

  endPrefetch(result: 'fetched' | 'failed'): void {
    if (this.#state === 'dead-lettered' || this.#state === 'applied') return;
    const next = result === 'fetched' ? 'ready' : 'prefetch failed';
    this.#move('endPrefetch', ['prefetching'], this.#missingFacts === undefined ? next : 'blocked');
  }

  /** Lets facts that failed to be prefetched be prefetched again. */
  allowPrefetch(): void {
    this.#move('allowPrefetch', ['prefetch failed'], 'ready');
  }

  /** Notes that its rule cannot decide without these facts. */
  block(missing: readonly Need[]): void {
    this.#move('block', DECIDING, this.#state === 'prefetching' ? 'prefetching' : 'blocked');
    this.#missingFacts = missing;
  }

  /** @returns the facts to fetch. */
  startFetch(): readonly Need[] {
    this.#move('startFetch', ['blocked'], 'fetching');
    if (this.#missingFacts === undefined) throw new InvariantError('a blocked record misses no facts');
    return this.#missingFacts;
  }

  endFetch(): void {
    this.#move('endFetch', ['fetching'], 'ready');
    this.#missingFacts = undefined;
  }

  /**
   * Counts an attempt that failed.
   *
   * @param isFinal whether another attempt would fail as well, so that the record becomes a dead letter at once.
   */
  fail(error: unknown, isFinal: boolean): void {
    const isDead = isFinal || this.#attempts + 1 >= MAX_ATTEMPTS;
    this.#move('fail', MAY_FAIL, isDead ? 'dead-lettered' : this.#state);
    this.#attempts += 1;
    this.#lastError = messageOf(error);
    if (isDead) this.#missingFacts = undefined;
  }

  apply(): void {
    this.#move('apply', MAY_BE_APPLIED, 'applied');
  }

  #move(transition: string, from: readonly RecordState[], to: RecordState): void {
    if (!from.includes(this.#state)) {
      throw new InvariantError(
        `${transition} of a record that is ${this.#state}, at offset ${String(this.record.offset)}`,
      );
    }
    this.#state = to;
  }
}
