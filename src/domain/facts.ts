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
export type Question<Name extends FactName> = FactTypes[Name]['question'];
export type Answer<Name extends FactName> = FactTypes[Name]['answer'];

/** A fact that has to be asked elsewhere. */
export type Need = { [Name in FactName]: { readonly fact: Name; readonly question: Question<Name> } }[FactName];

/** What a rule says that cannot decide yet. */
export interface Needs {
  readonly kind: 'needs';
  readonly needs: readonly Need[];
}

export interface Known<Value> {
  readonly kind: 'known';
  readonly answer: Value;
}

export interface Facts {
  /** The answer, or that it has to be fetched first. */
  ask<Name extends FactName>(fact: Name, question: Question<Name>): Known<Answer<Name>> | Needs;
}

/** What two answers still need, of which one at least does. */
export function bothNeed(...asked: readonly (Known<unknown> | Needs)[]): Needs {
  return { kind: 'needs', needs: asked.flatMap((one) => (one.kind === 'needs' ? one.needs : [])) };
}

export function known<Value>(answer: Value): Known<Value> {
  return { kind: 'known', answer };
}
