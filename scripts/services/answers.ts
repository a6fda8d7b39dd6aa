/** The answers of the stand-in: documents as api2go, the library of the Go services, writes them. */

/** A resource of JSON:API. */
export interface StubResource {
  readonly type: string;
  readonly id: string;
  readonly attributes: object;
  readonly relationships?: object;
}

export interface StubDocument<Data = StubResource | readonly StubResource[]> {
  readonly data: Data;
  readonly included?: readonly StubResource[];
  readonly meta?: object;
}

/** An item in the cash compartment of an inventory. */
export interface StubAsset {
  /** uint32, unique among the assets. */
  readonly id: number;
  readonly slot: number;
  readonly templateId: number;
  readonly petId?: number | null;
}

export interface StubTemplate {
  readonly hungry: number;
  readonly skills: readonly { readonly commandId: number; readonly probability: number; readonly increase: number }[];
}

export const USUAL_TEMPLATE: StubTemplate = {
  hungry: 6,
  skills: [
    { commandId: 0, probability: 100, increase: 3 },
    { commandId: 1, probability: 0, increase: 2 },
    { commandId: 2, probability: 100, increase: 0 },
  ],
};

const FOOTHOLD = 42;
const MAP_WITHOUT_FOOTHOLDS = 999_999_999;
const MULTI_PET = 1_008;
const CASH = 5;
const EQUIPMENT = 1;

const lastDigit = (id: number) => id % 10;
const linked = (name: string, resources: readonly StubResource[]) => ({
  [name]: { data: resources.map(({ type, id }) => ({ type, id })) },
});

/** Returns the position of a character; characters whose ids end in 8 are unknown. */
export function characterAnswer(id: number): StubDocument<StubResource> | undefined {
  if (lastDigit(id) === 8) return undefined;
  return {
    data: { type: 'characters', id: String(id), attributes: { x: id % 1_000, y: 0 - (id % 100), stance: 0 } },
  };
}

/** Returns whether a character has the skill for more than one pet: all except those whose ids end in 9. */
export function hasMultiPetSkill(characterId: number): boolean {
  return lastDigit(characterId) !== 9;
}

const OTHER_SKILLS = [8, 1_000, 1_002];
const SKILLS_PER_PAGE = 3;

/** Returns a page of the skills of a character. Pages count from 1; a page after the last is empty. */
export function skillsAnswer(characterId: number, page: number): StubDocument {
  const ids = hasMultiPetSkill(characterId) ? [...OTHER_SKILLS, MULTI_PET] : OTHER_SKILLS;
  const size = SKILLS_PER_PAGE;
  const meta = { total: ids.length, page: { number: page, size, last: Math.ceil(ids.length / size) } };
  return { data: ids.slice((page - 1) * size, page * size).map(skill), meta };
}

function skill(id: number): StubResource {
  const never = '0001-01-01T00:00:00Z';
  return {
    type: 'skills',
    id: String(id),
    attributes: { level: 1, masterLevel: 1, expiration: never, cooldownExpiresAt: never },
  };
}

export function footholdAnswer(mapId: number): StubDocument<StubResource> | undefined {
  if (mapId === MAP_WITHOUT_FOOTHOLDS) return undefined;
  const attributes = { first: { x: -100, y: 0 }, second: { x: 100, y: 0 } };
  return { data: { type: 'footholds', id: String(FOOTHOLD), attributes } };
}

export function templateAnswer(templateId: number, { hungry, skills }: StubTemplate): StubDocument {
  const included = skills.map(({ commandId, probability, increase }) => ({
    type: 'skills',
    id: `${templateId}-${commandId}`,
    attributes: { increase, probability },
  }));
  const attributes = { hungry, cash: true, life: 90, reqPetLevel: 0, reqItemId: 0, evolutions: [] };
  const data = { type: 'pets', id: String(templateId), attributes, relationships: linked('skills', included) };
  return { data, included };
}

/** Returns an inventory with these assets in its cash compartment, and another compartment that is empty. */
export function inventoryAnswer(characterId: number, cash: readonly StubAsset[]): StubDocument {
  const assets = cash.map(({ id, ...attributes }) => ({
    type: 'assets',
    id: String(id),
    attributes: { ...attributes, quantity: 1, ownerId: characterId, flag: 0, cashId: String(id) },
  }));
  const compartments = [compartment(characterId, EQUIPMENT, []), compartment(characterId, CASH, assets)];
  const id = uuid(characterId, 0);
  const relationships = linked('compartments', compartments);
  const data = { type: 'inventories', id, attributes: { characterId }, relationships };
  return { data, included: [...compartments, ...assets] };
}

function compartment(characterId: number, type: number, assets: readonly StubResource[]): StubResource {
  const attributes = { type, capacity: 24 };
  return { type: 'compartments', id: uuid(characterId, type), attributes, relationships: linked('assets', assets) };
}

const uuid = (characterId: number, type: number) =>
  `00000000-0000-4000-8000-${(characterId * 16 + type).toString(16).padStart(12, '0')}`;
