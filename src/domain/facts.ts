/**
 * What only other services know. A rule asks for it when its turn comes; where the answer is not there yet the rule says
 * that it needs it, changes nothing, and is asked again once the answer is there.
 */
import type { PetTemplate } from './template.ts';

/** A point of a map; x and y are int16. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point, and whose map it is on (mapId: uint32). */
export interface MapPoint extends Point {
  readonly mapId: number;
}

/** A pet's item in its owner's inventory. */
export interface PetAsset {
  /** int16. */
  readonly slot: number;
  /** uint32. */
  readonly templateId: number;
  /** The pet that it is, uint32; 0 is none. */
  readonly petId: number;
}

/** Everything that may be asked, each with its question and its answer. */
export interface FactTypes {
  /** Where a character (uint32) stands; undefined where that is not known. */
  readonly characterPoint: { readonly question: number; readonly answer: Point | undefined };
  /** The foothold (int16) below a point; undefined where there is none, or nobody knows the map. */
  readonly foothold: { readonly question: MapPoint; readonly answer: number | undefined };
  /** What kind of pet a template (uint32) makes. */
  readonly petTemplate: { readonly question: number; readonly answer: PetTemplate };
  /** The pet items that a character (uint32) has; undefined where there is no inventory service. */
  readonly petAssets: { readonly question: number; readonly answer: readonly PetAsset[] | undefined };
  /** Whether a character (uint32) may have more than one pet out. */
  readonly multiPetSkill: { readonly question: number; readonly answer: boolean };
}
export type FactName = keyof FactTypes;
const DECORATIVE_FACTS = ['characterPoint', 'foothold'] as const;
/** Facts that only decorate what happens: without one an event says "none". All others decide what happens. */
export type DecorativeFact = (typeof DECORATIVE_FACTS)[number];
export type Question<Name extends FactName> = FactTypes[Name]['question'];
export type Answer<Name extends FactName> = FactTypes[Name]['answer'];

/** A fact that has to be asked elsewhere. */
export type Need = { [Name in FactName]: { readonly fact: Name; readonly question: Question<Name> } }[FactName];

/** The fact is not known yet: the rule changes nothing, and is asked again once the fact was fetched. */
export interface Needs {
  readonly kind: 'needs';
  readonly needs: readonly Need[];
}

export interface Known<Value> {
  readonly kind: 'known';
  readonly answer: Value;
}

/** The fact cannot be had: its service answers others, and fails at this question again and again. */
export interface Unavailable {
  readonly kind: 'unavailable';
  /** Which question failed, and how: for people. */
  readonly message: string;
}

/** What becomes of a question. What only decorates is never unavailable: its answer is "none" then. */
export type Asked<Name extends FactName> =
  Known<Answer<Name>> | Needs | (Name extends DecorativeFact ? never : Unavailable);

export interface Facts {
  ask<Name extends FactName>(fact: Name, question: Question<Name>): Asked<Name>;
}

/** Returns everything that these questions still need. */
export function allNeeds(...asked: readonly (Known<unknown> | Needs | Unavailable)[]): Needs {
  return { kind: 'needs', needs: asked.flatMap((one) => (one.kind === 'needs' ? one.needs : [])) };
}

export function isDecorative(fact: FactName): fact is DecorativeFact {
  return (DECORATIVE_FACTS as readonly FactName[]).includes(fact);
}

export function known<Value>(answer: Value): Known<Value> {
  return { kind: 'known', answer };
}
