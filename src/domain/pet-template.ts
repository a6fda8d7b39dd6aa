/** What all pets of one template have in common. */
export interface PetTemplate {
  /** The fullness that a pet loses at each evaluation of its hunger, 0 to 100. */
  readonly hunger: number;
  /** The tricks that it knows, by commandId (0 to 255). */
  readonly skills: ReadonlyMap<number, PetSkill>;
}

export interface PetSkill {
  /** The probability that a try succeeds, in percent, 0 to 100. */
  readonly probability: number;
  /** By how much each try raises the closeness, 0 to 30000. */
  readonly increase: number;
}

/** The template of pets that no source describes: they are never hungry and know no trick. */
export const UNKNOWN_TEMPLATE: PetTemplate = { hunger: 0, skills: new Map() };
