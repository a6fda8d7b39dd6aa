import type { PetStatusEvent, PetStatusHeaders } from '@pet-service/contract';

/** The highest SEQUENCE of each owner, as decimal text, by `<tenant>/<owner>`. */
export type CopyState = Readonly<Record<string, string>>;

/**
 * Recognises copies of events, late ones too: an event is sent at least once, and the numbers in SEQUENCE rise with the events
 * of an owner of a tenant. It remembers one number for each owner. A reader that must not see a copy after a restart stores
 * `toJSON()` together with its offsets.
 */
export class CopyFilter {
  readonly #highest: Map<string, bigint>;

  constructor(state: CopyState = {}) {
    this.#highest = new Map(Object.entries(state).map(([owner, sequence]) => [owner, BigInt(sequence)]));
  }

  isCopy(event: PetStatusEvent, headers: PetStatusHeaders): boolean {
    const sequence = sequenceOf(headers);
    return sequence !== undefined && sequence <= (this.#highest.get(ownerOf(event, headers)) ?? 0n);
  }

  /** Remembers an event, after it was handled: one whose handler failed must not count as a copy when it is read again. */
  remember(event: PetStatusEvent, headers: PetStatusHeaders): void {
    const sequence = sequenceOf(headers);
    if (sequence === undefined || this.isCopy(event, headers)) return;
    this.#highest.set(ownerOf(event, headers), sequence);
  }

  toJSON(): CopyState {
    return Object.fromEntries([...this.#highest].map(([owner, sequence]) => [owner, String(sequence)]));
  }
}

const ownerOf = ({ ownerId }: PetStatusEvent, { TENANT_ID }: PetStatusHeaders) => `${TENANT_ID}/${String(ownerId)}`;

/** Undefined for an event that another program has sent. */
function sequenceOf({ SEQUENCE }: PetStatusHeaders): bigint | undefined {
  return SEQUENCE !== undefined && /^\d{1,20}$/.test(SEQUENCE) ? BigInt(SEQUENCE) : undefined;
}
