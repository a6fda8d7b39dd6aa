/** Stubs of the reference services: what they answer, and how they fail. */
import { footholdAnswer, hasMultiPetSkill, USUAL_TEMPLATE } from '../../scripts/services/answers.ts';
import type { StubAsset } from '../../scripts/services/answers.ts';
import type { StubService } from '../../scripts/services/requests.ts';
import { startStub } from '../../scripts/services/stub.ts';
import type { StubFailure, Stub } from '../../scripts/services/stub.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { factsOf } from '../support/facts.ts';

/** The services that the stub stands for. */
export const SERVICES: readonly StubService[] = ['characters', 'data', 'inventory', 'skills'];
/** Failures that are outages: 404 would be an answer. */
export const FAILURES: readonly StubFailure[] = ['refused', 'slow', '500', 'garbage', 'wrong-shape'];

export interface Services {
  readonly stub: Stub;
  readonly environment: NodeJS.ProcessEnv;
  /** What they answer. */
  readonly facts: Facts;
}

/** @param inventories the pet items of characters, whatever their tenant. */
export async function startServices(inventories: ReadonlyMap<number, readonly StubAsset[]>): Promise<Services> {
  const stub = await startStub();
  for (const [characterId, assets] of inventories) stub.setInventory(characterId, assets);
  const template = {
    hunger: USUAL_TEMPLATE.hungry,
    skills: new Map(USUAL_TEMPLATE.skills.map(({ commandId, ...skill }) => [commandId, skill])),
  };
  return {
    stub,
    environment: {
      CHARACTERS_BASE_URL: stub.baseUrl,
      DATA_BASE_URL: stub.baseUrl,
      INVENTORY_BASE_URL: stub.baseUrl,
      SKILLS_BASE_URL: stub.baseUrl,
    },
    facts: factsOf({
      // Services fail, and a spawn does not wait long for this one: the position of a spawned pet is not certain.
      characterPoint: () => undefined,
      foothold: ({ mapId }) => Number(footholdAnswer(mapId)?.data.id),
      petTemplate: () => template,
      petAssets: (id) => (inventories.get(id) ?? []).map(({ petId, ...asset }) => ({ ...asset, petId: petId ?? 0 })),
      multiPetSkill: hasMultiPetSkill,
    }),
  };
}
