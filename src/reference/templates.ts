import { LRUCache } from 'lru-cache';
import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { UNKNOWN_TEMPLATE } from '../domain/pet-template.ts';
import type { PetSkill, PetTemplate } from '../domain/pet-template.ts';
import type { MonotonicClock } from './cache.ts';
import type { Client } from './client.ts';
import { documentReader, includedOf, object, readerOf, UINT16, UINT32 } from './json-api.ts';
import type { JsonApiDocument, JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import { tenantKey } from './headers.ts';
import type { Asker, FactSource } from './source.ts';

type TemplateSource = FactSource<'petTemplate'>;
type PetTemplateResource = Pick<JsonApiResource<{ readonly hungry: number }>, 'attributes'>;
type PetSkillResource = JsonApiResource<PetSkill>;

// Larger values are cut off: they have the same effect, because fullness, chances and closeness have these maxima.
const MAX_HUNGER = 100;
const MAX_PERCENT = 100;
const MAX_INCREASE = 30_000;
const MAX_COMMAND_ID = 255;
const MAX_TEMPLATES = 10_000;
const FRESH_MS = 5 * 60_000;
/** Milliseconds until the next request for a template after a 404 or a failure. */
const RECHECK_MS = 30_000;
/** Beyond so many unknown templates, the oldest may be logged a second time. */
const MAX_LOGGED = 10_000;

const readDocument = documentReader<PetTemplateResource>(object({ attributes: object({ hungry: UINT32 }) }));
const readSkill = readerOf<PetSkillResource>(
  object({ attributes: object({ probability: { type: 'number', minimum: 0 }, increase: UINT16 }) }),
);

function templateOf(templateId: number, document: JsonApiDocument<PetTemplateResource>): PetTemplate {
  const skills = [...includedOf(document, 'skills', readSkill)].flatMap(([id, { attributes }]) => {
    const commandId = commandIdOf(templateId, id);
    const probability = Math.min(attributes.probability, MAX_PERCENT);
    const increase = Math.min(attributes.increase, MAX_INCREASE);
    return commandId === undefined ? [] : [[commandId, { probability, increase }] as const];
  });
  return { hunger: Math.min(document.data.attributes.hungry, MAX_HUNGER), skills: new Map(skills) };
}

/** Returns the command of the skill `{templateId}-{commandId}`; undefined if it is of another template or no valid command. */
function commandIdOf(templateId: number, skillId: string): number | undefined {
  const [, template, command] = /^(\d+)-(\d{1,3})$/.exec(skillId) ?? [];
  const commandId = Number(command);
  return Number(template) === templateId && commandId <= MAX_COMMAND_ID ? commandId : undefined;
}

/** A template that the data service described, or the default for one that it does not have. */
interface CachedTemplate {
  readonly template: PetTemplate;
  readonly isKnown: boolean;
  /** The time before which it is not requested again. */
  readonly freshUntil: number;
}

/**
 * Asks the data service for pet templates and caches them. A known template stays known even if the service fails or deletes
 * it. When it is no longer fresh, it is requested again in the background. That a template does not exist is cached for a
 * shorter time.
 */
export function remoteTemplates(
  client: Pick<Client, 'get'>,
  log: Logger,
  clock: MonotonicClock = performance,
): TemplateSource {
  const unknown = unknownTemplates(log);
  const cache = new LRUCache<string, CachedTemplate>({ max: MAX_TEMPLATES });
  const keyOf = (asker: Asker, templateId: number) => `${templateId} ${tenantKey(asker)}`;

  /** Caches a template and returns it. */
  function store(key: string, template: PetTemplate, isKnown: boolean, freshMs: number): PetTemplate {
    cache.set(key, { template, isKnown, freshUntil: clock.now() + freshMs });
    return template;
  }

  async function ask(asker: Asker, templateId: number): Promise<PetTemplate> {
    const key = keyOf(asker, templateId);
    const read = (answered: unknown) => templateOf(templateId, readDocument(answered));
    try {
      const template = await client.get(asker, `data/pets/${templateId}`, read);
      if (template !== undefined) return store(key, template, true, FRESH_MS);
    } catch (error) {
      if (cache.get(key)?.isKnown !== true) throw error;
    }
    const before = cache.get(key);
    if (before?.isKnown === true) return store(key, before.template, true, RECHECK_MS);
    return store(key, unknown(templateId), false, RECHECK_MS);
  }

  return {
    answerAtHand(asker, templateId) {
      const key = keyOf(asker, templateId);
      const found = cache.get(key);
      if (found === undefined) return undefined;
      if (clock.now() > found.freshUntil) {
        if (!found.isKnown) return undefined;
        store(key, found.template, true, RECHECK_MS);
        // A failure changes nothing: the known template stays in the cache.
        ask(asker, templateId).catch(() => undefined);
      }
      return { answer: found.template };
    },
    ask,
  };
}

/** Without a data service the catalogue is the source. */
export function embeddedTemplates(templates: ReadonlyMap<number, PetTemplate>, log: Logger): TemplateSource {
  const unknown = unknownTemplates(log);
  return embedded<'petTemplate'>((templateId) => templates.get(templateId) ?? unknown(templateId));
}

/** Returns a function that returns the default for an unknown template, and logs each such template once. */
function unknownTemplates(log: Logger): (templateId: number) => PetTemplate {
  const logged = new LRUCache<number, true>({ max: MAX_LOGGED });
  return (templateId) => {
    if (!logged.has(templateId)) {
      logged.set(templateId, true);
      log.warn(
        { templateId },
        sentence('TEMPLATE_UNKNOWN', 'A pet has a template that neither the catalogue nor the data service has'),
      );
    }
    return UNKNOWN_TEMPLATE;
  };
}
