/** What every pet of a kind has in common. */
export interface PetTemplate {
  /** Fullness that a pet loses each time its hunger is looked at, 0 to 100. */
  readonly hunger: number;
  /** The tricks it knows, by commandId (0 to 255). */
  readonly skills: ReadonlyMap<number, PetSkill>;
}

export interface PetSkill {
  /** How likely a try succeeds, in percent, 0 to 100. */
  readonly probability: number;
  /** How much closer a try brings pet and owner, 0 to 30000. */
  readonly increase: number;
}

/** What is known of a kind that nobody describes: it is never hungry and knows no trick. */
export const UNKNOWN_TEMPLATE: PetTemplate = { hunger: 0, skills: new Map() };
