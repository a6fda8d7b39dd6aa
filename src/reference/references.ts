import type { PetTemplate } from '../domain/template.ts';
import type { Logger } from '../log.ts';
import { askedCharacters, embeddedCharacters } from './characters.ts';
import { Client } from './client.ts';
import { askedInventory, embeddedInventory } from './inventory.ts';
import { askedMaps, embeddedMaps } from './maps.ts';
import { askedSkills, embeddedSkills } from './skills.ts';
import type { References } from './source.ts';
import { askedTemplates, embeddedTemplates } from './templates.ts';

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
}

export interface OpenReferences {
  readonly sources: References;
  /** Ends the connections; whoever waits for an answer gets a {@link ReferenceError}. */
  close(): Promise<void>;
}

/** The sources of all facts. Connections are made as they are needed: that a service is away shows when it is asked. */
export function openReferences({ baseUrls, templates, log, stop }: ReferenceOptions): OpenReferences {
  const clients: Client[] = [];
  function open(service: ServiceName): Client | undefined {
    const baseUrl = baseUrls[service];
    if (baseUrl === undefined) return undefined;
    const client = new Client({ service, baseUrl, stop });
    clients.push(client);
    return client;
  }
  const [characters, data] = [open('characters'), open('data')];
  const [inventory, skills] = [open('inventory'), open('skills')];
  return {
    sources: {
      characterPoint: characters ? askedCharacters(characters) : embeddedCharacters(),
      foothold: data ? askedMaps(data) : embeddedMaps(),
      petTemplate: data ? askedTemplates(data, log) : embeddedTemplates(templates, log),
      petAssets: inventory ? askedInventory(inventory) : embeddedInventory(),
      multiPetSkill: skills ? askedSkills(skills) : embeddedSkills(),
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
