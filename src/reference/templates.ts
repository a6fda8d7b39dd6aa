import { LRUCache } from 'lru-cache';
import type { Logger } from '../log.ts';
import { UNKNOWN_TEMPLATE } from '../domain/template.ts';
import type { PetSkill, PetTemplate } from '../domain/template.ts';
import { cached } from './cache.ts';
import type { Clock } from './cache.ts';
import type { Client } from './client.ts';
import { documentReader, includedOf, object, readerOf, UINT16, UINT32 } from './document.ts';
import type { Document, Resource } from './document.ts';
import { embedded } from './embedded.ts';
import type { Source } from './source.ts';

type TemplateSource = Source<'petTemplate'>;
type Pet = Pick<Resource<{ readonly hungry: number }>, 'attributes'>;
type Skill = Resource<PetSkill>;

/** More than that changes nothing: neither fullness, nor a chance, nor closeness goes beyond. */
const MOST_HUNGER = 100;
const MOST_PERCENT = 100;
const MOST_INCREASE = 30_000;
const MOST_COMMAND_ID = 255;
/** Beyond so many unknown templates, those that were told first may be told again. */
const MOST_TOLD = 10_000;

const readDocument = documentReader<Pet>(object({ attributes: object({ hungry: UINT32 }) }));
const readSkill = readerOf<Skill>(
  object({ attributes: object({ probability: { type: 'number', minimum: 0 }, increase: UINT16 }) }),
);

function templateOf(templateId: number, document: Document<Pet>): PetTemplate {
  const skills = [...includedOf(document, 'skills', readSkill)].flatMap(([id, { attributes }]) => {
    const commandId = commandIdOf(templateId, id);
    const probability = Math.min(attributes.probability, MOST_PERCENT);
    const increase = Math.min(attributes.increase, MOST_INCREASE);
    return commandId === undefined ? [] : [[commandId, { probability, increase }] as const];
  });
  return { hunger: Math.min(document.data.attributes.hungry, MOST_HUNGER), skills: new Map(skills) };
}

/** Of a skill `{templateId}-{commandId}`; undefined of other templates', and of one that nobody can command. */
function commandIdOf(templateId: number, skillId: string): number | undefined {
  const [, template, command] = /^(\d+)-(\d{1,3})$/.exec(skillId) ?? [];
  const commandId = Number(command);
  return Number(template) === templateId && commandId <= MOST_COMMAND_ID ? commandId : undefined;
}

/** What kind of pet a template makes, as the data service says; that does not change. */
export function askedTemplates(client: Pick<Client, 'get'>, log: Logger, clock?: Clock): TemplateSource {
  const unknown = unknownTemplates(log);
  return cached<'petTemplate'>(
    {
      async ask(asker, templateId) {
        const read = (answered: unknown) => templateOf(templateId, readDocument(answered));
        return (await client.get(asker, `data/pets/${templateId}`, read)) ?? unknown(templateId);
      },
      keyOf: String,
    },
    clock,
  );
}

/** Without a data service the catalogue says it. */
export function embeddedTemplates(templates: ReadonlyMap<number, PetTemplate>, log: Logger): TemplateSource {
  const unknown = unknownTemplates(log);
  return embedded<'petTemplate'>((templateId) => templates.get(templateId) ?? unknown(templateId));
}

/** What counts for a template that nobody knows; each is logged once. */
function unknownTemplates(log: Logger): (templateId: number) => PetTemplate {
  const told = new LRUCache<number, true>({ max: MOST_TOLD });
  return (templateId) => {
    if (!told.has(templateId)) {
      told.set(templateId, true);
      log.warn({ templateId }, 'unknown pet template: its pets are never hungry and know no trick');
    }
    return UNKNOWN_TEMPLATE;
  };
}
