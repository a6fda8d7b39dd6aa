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

/** Where the characters service says that a character stands; asked each time, because characters move. */
export function remoteCharacters(client: Client): CharacterSource {
  return {
    answerAtHand: () => undefined,
    async ask(asker, characterId) {
      // Brackets and commas as they are: so other clients send them.
      const document = await client.get(asker, `characters/${characterId}?fields[characters]=x,y,stance`, read);
      if (document === undefined) return undefined;
      const { x, y } = document.data.attributes;
      return { x, y };
    },
  };
}

/** Without a characters service nobody knows where anyone stands. */
export function embeddedCharacters(): CharacterSource {
  return embedded<'characterPoint'>(() => undefined);
}
