/** Decides questions about schemas, and counts what it takes. */
import { decide } from '../schema/decide.ts';
import type { Decision, Question } from '../schema/decide.ts';
import { Validators } from '../schema/validators.ts';

export interface Searched {
  /** Messages whose records were compared. */
  messages: number;
  /** Records that were made and read. */
  records: number;
  /** Messages of which it is proved that all their records are accepted. */
  proved: number;
}

/** One search: its validators and its seed are the same for all questions. */
export class Search {
  readonly validators = new Validators();
  readonly searched: Searched = { messages: 0, records: 0, proved: 0 };
  /** How many records are made of each message that may have changed. */
  readonly effort: number;
  readonly #seed: number;
  readonly #onProgress: (messages: number) => void;

  /** @param onProgress is called often, with the number of messages whose comparison has begun. */
  constructor(seed: number, effort: number, onProgress: (messages: number) => void) {
    this.#seed = seed;
    this.effort = effort;
    this.#onProgress = onProgress;
  }

  decide(question: Omit<Question, 'seed'>): Decision {
    this.#onProgress(this.searched.messages);
    const decision = decide({ ...question, seed: this.#seed });
    this.searched.records += decision.tried;
    return decision;
  }
}
