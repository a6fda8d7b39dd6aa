import type { Client } from './client.ts';
import { documentReader, integer, object } from './document.ts';
import type { Resource } from './document.ts';
import { embedded } from './embedded.ts';
import type { Asker, Source } from './source.ts';

type SkillSource = Source<'multiPetSkill'>;

/** The skill to have more than one pet out, Follow the Lead: of adventurers, and of Cygnus knights. */
const MULTI_PET = [1_008, 10_001_008];

const read = documentReader<Pick<Resource<{ readonly level: number }>, 'attributes'>>(
  object({ attributes: object({ level: integer(0, 255) }) }),
);

/** Whether the skills service says that a character has the skill, in either form; asked each time, it can be learned. */
export function askedSkills(client: Pick<Client, 'get'>): SkillSource {
  async function has(asker: Asker, characterId: number, skillId: number) {
    const document = await client.get(asker, `characters/${characterId}/skills/${skillId}`, read);
    return document !== undefined && document.data.attributes.level > 0;
  }
  return {
    known: () => undefined,
    async ask(asker, characterId) {
      for (const skillId of MULTI_PET) if (await has(asker, characterId, skillId)) return true;
      return false;
    },
  };
}

/** Without a skills service everyone may. */
export function embeddedSkills(): SkillSource {
  return embedded<'multiPetSkill'>(() => true);
}
