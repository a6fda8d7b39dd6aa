/**
 * Facts that only other services know. A rule asks for a fact when it needs it. If the answer has not been fetched yet, the
 * rule returns that it needs it and changes nothing; it is applied again once the answer has been fetched.
 */
import type { PetTemplate } from './pet-template.ts';

/** A point of a map; x and y are int16. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point and its map (uint32). */
export interface MapPoint extends Point {
  readonly mapId: number;
}

/** A pet's item in its owner's inventory. */
export interface PetAsset {
  /** int16. */
  readonly slot: number;
  /** uint32. */
  readonly templateId: number;
  /** The pet that the item is, uint32; 0 is none. */
  readonly petId: number;
}

/** Every fact, with its question and its answer. */
export interface FactTypes {
  /** The point of a character (uint32); undefined if it is not known. */
  readonly characterPoint: { readonly question: number; readonly answer: Point | undefined };
  /** The foothold (int16) below a point; undefined if there is none, or the map is not known. */
  readonly foothold: { readonly question: MapPoint; readonly answer: number | undefined };
  /** The template of that id (uint32). */
  readonly petTemplate: { readonly question: number; readonly answer: PetTemplate };
  /** The pet items of a character (uint32); undefined without an inventory service. */
  readonly petAssets: { readonly question: number; readonly answer: readonly PetAsset[] | undefined };
  /** Whether a character (uint32) may have more than one spawned pet. */
  readonly multiPetSkill: { readonly question: number; readonly answer: boolean };
}
export type FactName = keyof FactTypes;
const OPTIONAL_FACTS = ['characterPoint', 'foothold'] as const;
/** Facts that a rule can do without: the event then has a default position. All other facts decide what happens. */
export type OptionalFact = (typeof OPTIONAL_FACTS)[number];
export type Question<Name extends FactName> = FactTypes[Name]['question'];
export type Answer<Name extends FactName> = FactTypes[Name]['answer'];

/** A question for another service. */
export type Need = { [Name in FactName]: { readonly fact: Name; readonly question: Question<Name> } }[FactName];

/** The facts have not been fetched yet: the rule changes nothing, and is applied again once they have been. */
export interface Needs {
  readonly kind: 'needs';
  readonly needs: readonly Need[];
}

export interface KnownFact<Value> {
  readonly kind: 'known';
  readonly answer: Value;
}

/** The service answers other questions, but fails at this one again and again. */
export interface UnavailableFact {
  readonly kind: 'unavailable';
  /** Which question failed, and how, for people. */
  readonly message: string;
}

/** The result of a question. An optional fact is never unavailable: its answer is undefined then. */
export type FactResult<Name extends FactName> =
  KnownFact<Answer<Name>> | Needs | (Name extends OptionalFact ? never : UnavailableFact);

export interface Facts {
  ask<Name extends FactName>(fact: Name, question: Question<Name>): FactResult<Name>;
}

/** Returns all that these results still need. */
export function allNeeds(...asked: readonly (KnownFact<unknown> | Needs | UnavailableFact)[]): Needs {
  return { kind: 'needs', needs: asked.flatMap((one) => (one.kind === 'needs' ? one.needs : [])) };
}

export function isOptional(fact: FactName): fact is OptionalFact {
  return (OPTIONAL_FACTS as readonly FactName[]).includes(fact);
}

export function known<Value>(answer: Value): KnownFact<Value> {
  return { kind: 'known', answer };
}
