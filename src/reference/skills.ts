import type { Client } from './client.ts';
import { integer, object, readerOf, TEXT } from './json-api.ts';
import type { JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import { OutageError } from './source.ts';
import type { FactSource } from './source.ts';

type SkillSource = FactSource<'multiPetSkill'>;
type SkillResource = Pick<JsonApiResource<{ readonly level: number }>, 'attributes'>;

/** The skill to have more than one pet out, Follow the Lead: of adventurers, and of Cygnus knights. */
const MULTI_PET: ReadonlySet<string> = new Set(['1008', '10001008']);
/** A character has some hundred skills: a list of more pages than this has no end. */
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
  /** The number of the last page. A service without pages sends all at once, and none. */
  readonly last: number;
}

function skillPageOf(answered: unknown): SkillPage {
  const { data, meta } = readPage(answered);
  const skills = data.filter(({ id }) => MULTI_PET.has(id)).map(readSkill);
  return {
    hasSkill: skills.some(({ attributes: { level } }) => level > 0),
    isEmpty: data.length === 0,
    last: meta?.page?.last ?? 1,
  };
}

/**
 * Whether a character has the skill, in either form, according to the list of its skills; asked each time, it can be
 * learned. The list and not the single skill: the public service answers 500 for a skill that the character lacks.
 */
export function remoteSkills(client: Pick<Client, 'get' | 'outage'>): SkillSource {
  return {
    answerAtHand: () => undefined,
    // Errors as answers do not count: another question may be answered.
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

/** Without a skills service everyone may. */
export function embeddedSkills(): SkillSource {
  return embedded<'multiPetSkill'>(() => true);
}
