/** How long a record, or a pet in a sweep, may wait for other services. */
export interface ReferenceLimits {
  /** A failing question is retried for so long before it is given up. */
  readonly maxQuestionRetryMs: number;
  /** A record waits for its optional facts for so long. */
  readonly maxOptionalWaitMs: number;
}

export const REFERENCE_LIMITS: ReferenceLimits = { maxQuestionRetryMs: 30_000, maxOptionalWaitMs: 5_000 };
