import type { Point } from '../domain/facts.ts';
import type { Client } from './client.ts';
import { documentReader, INT16, object } from './json-api.ts';
import type { JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import type { FactSource } from './source.ts';

type CharacterSource = FactSource<'characterPoint'>;

const read = documentReader<Pick<JsonApiResource<Point>, 'attributes'>>(
  object({ attributes: object({ x: INT16, y: INT16 }) }),
);

/** Asks the characters service where a character is. Answers are not cached, because characters move. */
export function remoteCharacters(client: Client): CharacterSource {
  return {
    answerAtHand: () => undefined,
    async ask(asker, characterId) {
      // Brackets and commas are not percent-encoded, because the public clients do not encode them either.
      const document = await client.get(asker, `characters/${characterId}?fields[characters]=x,y,stance`, read);
      if (document === undefined) return undefined;
      const { x, y } = document.data.attributes;
      return { x, y };
    },
  };
}

/** Without a characters service no position is known. */
export function embeddedCharacters(): CharacterSource {
  return embedded<'characterPoint'>(() => undefined);
}
