import type { PetTemplate } from '../domain/pet-template.ts';
import type { Logger } from '../log.ts';
import { remoteCharacters, embeddedCharacters } from './characters.ts';
import { Client } from './client.ts';
import { withFallback } from './fallback.ts';
import type { FallbackOptions } from './fallback.ts';
import { remoteInventory, embeddedInventory } from './inventory.ts';
import { REFERENCE_LIMITS } from './limits.ts';
import type { ReferenceLimits } from './limits.ts';
import { remoteMaps, embeddedMaps } from './maps.ts';
import { remoteSkills, embeddedSkills } from './skills.ts';
import type { References, ReferenceServiceError } from './source.ts';
import { remoteTemplates, embeddedTemplates } from './templates.ts';

/** The other services. */
export type ServiceName = 'characters' | 'data' | 'inventory' | 'skills';

export interface ReferenceOptions {
  /** The base URL of each service. Without one, the embedded default answers. */
  readonly baseUrls: { readonly [Name in ServiceName]?: string | undefined };
  /** The catalogue by templateId, which is used without a data service. */
  readonly templates: ReadonlyMap<number, PetTemplate>;
  readonly log: Logger;
  /** Aborts all requests and retries, like `close`. */
  readonly stop?: AbortSignal;
  readonly limits?: ReferenceLimits;
}

export interface OpenReferences {
  readonly sources: References;
  /** Returns the current outage of one of the services; undefined if none is known. */
  outage(): ReferenceServiceError | undefined;
  /** Closes the connections. Each caller that waits for an answer gets an {@link OutageError}. */
  close(): Promise<void>;
}

/** Returns the sources of all facts. Connections are opened on demand: an outage shows at the first request. */
export function openReferences({
  baseUrls,
  templates,
  log,
  stop,
  limits = REFERENCE_LIMITS,
}: ReferenceOptions): OpenReferences {
  const { maxQuestionRetryMs, maxOptionalWaitMs: maxWaitMs } = limits;
  const clients: Client[] = [];
  function open(service: ServiceName): Client | undefined {
    const baseUrl = baseUrls[service];
    if (baseUrl === undefined) return undefined;
    const client = new Client({ service, baseUrl, stop, maxQuestionRetryMs });
    clients.push(client);
    return client;
  }
  const fallback = (fact: FallbackOptions['fact'], client: Client) => ({ fact, client, maxWaitMs, log });
  const [characters, data] = [open('characters'), open('data')];
  const [inventory, skills] = [open('inventory'), open('skills')];
  return {
    sources: {
      characterPoint: characters
        ? withFallback(remoteCharacters(characters), fallback('characterPoint', characters))
        : embeddedCharacters(),
      foothold: data ? withFallback(remoteMaps(data), fallback('foothold', data)) : embeddedMaps(),
      petTemplate: data ? remoteTemplates(data, log) : embeddedTemplates(templates, log),
      petAssets: inventory ? remoteInventory(inventory) : embeddedInventory(),
      multiPetSkill: skills ? remoteSkills(skills) : embeddedSkills(),
    },
    outage: () => clients.map(({ outage }) => outage).find((outage) => outage !== undefined),
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
