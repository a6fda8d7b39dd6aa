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

/** The services that can be asked. */
export type ServiceName = 'characters' | 'data' | 'inventory' | 'skills';

export interface ReferenceOptions {
  /** Where each service is; of one without a base URL the embedded default counts. */
  readonly baseUrls: { readonly [Name in ServiceName]?: string | undefined };
  /** The catalogue, by templateId: what counts without a data service. */
  readonly templates: ReadonlyMap<number, PetTemplate>;
  readonly log: Logger;
  /** Ends all requests and waits, as `close` does. */
  readonly stop?: AbortSignal;
  readonly limits?: ReferenceLimits;
}

export interface OpenReferences {
  readonly sources: References;
  /** Returns the outage that one of the services is in, as far as it is known. */
  outage(): ReferenceServiceError | undefined;
  /** Ends the connections; whoever waits for an answer gets an {@link OutageError}. */
  close(): Promise<void>;
}

/** The sources of all facts. Connections are made as they are needed: that a service is away shows when it is asked. */
export function openReferences({
  baseUrls,
  templates,
  log,
  stop,
  limits = REFERENCE_LIMITS,
}: ReferenceOptions): OpenReferences {
  const { maxQuestionRetryMs, maxDecorationWaitMs: maxWaitMs } = limits;
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
