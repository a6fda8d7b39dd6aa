/** How long what is asked of other services may keep a record, or a pet, waiting. */
export interface ReferenceLimits {
  /** A question that fails is asked again for so long before it is given up. */
  readonly maxQuestionRetryMs: number;
  /** Facts that only decorate hold a record for so long. */
  readonly maxDecorationWaitMs: number;
}

export const REFERENCE_LIMITS: ReferenceLimits = { maxQuestionRetryMs: 30_000, maxDecorationWaitMs: 5_000 };
