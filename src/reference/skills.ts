import type { Client } from './client.ts';
import { integer, object, readerOf, TEXT } from './json-api.ts';
import type { JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import { OutageError } from './source.ts';
import type { FactSource } from './source.ts';

type SkillSource = FactSource<'multiPetSkill'>;
type SkillResource = Pick<JsonApiResource<{ readonly level: number }>, 'attributes'>;

/** The ids of the skill Follow the Lead (of adventurers, of Cygnus knights), which allows several spawned pets. */
const MULTI_PET_SKILLS: ReadonlySet<string> = new Set(['1008', '10001008']);
/** A character has some hundred skills: a list with more pages than this is a bug of the service. */
const MAX_PAGES = 100;

interface SkillListAnswer {
  readonly data: readonly Pick<JsonApiResource, 'id'>[];
  readonly meta?: { readonly page?: { readonly last?: number } };
}

const readPage = readerOf<SkillListAnswer>(
  object(
    { data: { type: 'array', items: object({ id: TEXT }) } },
    { meta: object({}, { page: object({}, { last: integer(0, 4_294_967_295) }) }) },
  ),
);
const readSkill = readerOf<SkillResource>(object({ attributes: object({ level: integer(0, 255) }) }));

interface SkillPage {
  readonly hasSkill: boolean;
  readonly isEmpty: boolean;
  /** The number of the last page. A service without pagination sends all skills on one page. */
  readonly last: number;
}

function skillPageOf(answered: unknown): SkillPage {
  const { data, meta } = readPage(answered);
  const skills = data.filter(({ id }) => MULTI_PET_SKILLS.has(id)).map(readSkill);
  return {
    hasSkill: skills.some(({ attributes: { level } }) => level > 0),
    isEmpty: data.length === 0,
    last: meta?.page?.last ?? 1,
  };
}

/**
 * Asks the skills service whether a character has the skill, in either form. Answers are not cached, because skills are learned.
 * It requests the list of skills and not the single skill: the public service answers 500 for a skill that the character does not have.
 */
export function remoteSkills(client: Pick<Client, 'get' | 'outage'>): SkillSource {
  return {
    answerAtHand: () => undefined,
    // A failed question does not count: other questions may be answered.
    isInOutage: () => client.outage instanceof OutageError,
    async ask(asker, characterId) {
      const path = `characters/${characterId}/skills`;
      for (let number = 1; number <= MAX_PAGES; number += 1) {
        const page = await client.get(asker, number === 1 ? path : `${path}?page[number]=${number}`, skillPageOf);
        if (page?.hasSkill === true) return true;
        if (page === undefined || page.isEmpty || number >= page.last) return false;
      }
      throw new OutageError('skills', `skills service, GET ${path}: the list has more than ${MAX_PAGES} pages`);
    },
  };
}

/** Without a skills service every character has the skill. */
export function embeddedSkills(): SkillSource {
  return embedded<'multiPetSkill'>(() => true);
}
