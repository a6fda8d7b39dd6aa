/**
 * Words that this project no longer uses, each with what to write instead. They are idioms, or they had several meanings.
 * docs/glossary.md has the words in use.
 */
export interface RetiredWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Retired names of variables, types and properties. The lint finds them (eslint.config.js). */
export const RETIRED_NAMES: readonly RetiredWord[] = [
  { pattern: /^(?:[a-z]+T|t)old(?![a-z])/, instead: 'events, outboxEntries, committed' },
  { pattern: /^(?:tells|tellers?)$/, instead: 'a verb for what happens: sends, returns, reports' },
  { pattern: /^(?:gone|owed|ahead|intime|news|isNews)$/, instead: 'deleted, inFlightCount, next, onTime, isNew' },
  {
    pattern: /^(?:places?|[pP]laced|Place|PetPlace|DuePlace|Placement|placeAnew|placeOf|isSamePlace)$/,
    instead: 'location, position, cursor, topicPartition',
  },
  {
    pattern: /^(?:foresee|foreseen|lacks|lacking|wasAskedInVain|lookAgain)$/,
    instead: 'prefetch, missingFacts, prefetchFailed, resetPrefetch',
  },
  { pattern: /^(?:setAside|takeIn|takenIn|comesOut|goesHome)$/, instead: 'deadLettered, despawn, spawn' },
  { pattern: /^(?:turnOfTide|tide|inTurn|Turn)$/, instead: 'watermarkCrossed, applyInSlotOrder, RuleInput' },
  { pattern: /^(?:Part|Entry|Move)$/, instead: 'a precise noun: BatchShare, Component, QueuedRecord, SlotShift' },
  { pattern: /^(?:letters?|letter[A-Z]\w*|[uU]nwritten)$/, instead: 'deadLetter, pendingPositions' },
  { pattern: /^(?:MOST_|LEAST_)|^most[A-Z]|_MOST_/, instead: 'MAX_…, MIN_…, max…' },
  { pattern: /^who$/, instead: 'a noun: owner, asker, service' },
];

/** Retired words of comments, log lines and pages. test/language/retired-words.test.ts finds them. */
export const RETIRED_PROSE: readonly RetiredWord[] = [
  { pattern: /\bturns? of (?:the )?tide\b/i, instead: '"the queue crosses a watermark"' },
  { pattern: /\bbut for\b/i, instead: '"except"' },
  { pattern: /\b(?:told|tells)\b/i, instead: '"sends", "returns", "reports", or the noun "event"' },
  { pattern: /\b(?:sets?|setting) aside\b/i, instead: '"dead-lettered" or "parked"' },
  { pattern: /\bforesee[ns]?\b/i, instead: '"prefetch"' },
  { pattern: /\bintime\b/i, instead: '"on time"' },
  {
    pattern: /\b(?:goes|go|gone) home\b|\btaken in\b|\b(?:comes?|came|coming) out\b/i,
    instead: '"despawn", "spawn"; for data, "result"',
  },
  { pattern: /\bwhoever\b/i, instead: 'a noun: "the client", "the operator", "the caller"' },
  { pattern: /\b(?:says|said)\b/i, instead: '"sends", "returns", "reports", "states", "names"' },
  { pattern: /\b(?:looks?|looked|looking) at\b/i, instead: '"checks", "reads", "queries"' },
  { pattern: /\b(?:knows|knew|know) of\b/i, instead: '"has", "tracks"' },
  { pattern: /\bbeside\b/i, instead: '"next to", "in addition to", "concurrently with"' },
];

/**
 * The files that the rules hold for.
 * @public the lint's configuration reads it, which is no module of the project.
 */
export const CHECKED_FILES: readonly string[] = [
  'src/**/*.ts',
  'generator/{bin,src,test}/**/*.{ts,mjs}',
  'generator/templates/**/*.{js,ts}',
  'generated/contract/**/*.{js,ts}',
  'scripts/**/*.{ts,mjs}',
  'contract/**/*.ts',
  'test/language/**/*.ts',
];
