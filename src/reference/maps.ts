import { cachedSource } from './cache.ts';
import type { MonotonicClock } from './cache.ts';
import type { Client } from './client.ts';
import { documentReader, object } from './json-api.ts';
import type { JsonApiDocument, JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import type { FactSource } from './source.ts';

type MapSource = FactSource<'foothold'>;
type Foothold = Pick<JsonApiResource, 'type' | 'id'>;

const readDocument = documentReader<Foothold>(
  object({ type: { const: 'footholds' }, id: { type: 'string', pattern: '^-?[0-9]{1,10}$' } }),
);

/** Returns the low 16 bits of a foothold's id as int16. Ids are uint32 at the data service and int16 in SPAWNED; the Go services truncate them too. */
export function readFoothold(answered: unknown): number {
  const { data }: JsonApiDocument<Foothold> = readDocument(answered);
  return (Number(data.id) << 16) >> 16;
}

/** Asks the data service for the foothold below a point. Answers are cached, because maps do not change. */
export function remoteMaps(client: Client, clock?: MonotonicClock): MapSource {
  return cachedSource<'foothold'>(
    {
      ask(asker, { mapId, x, y }) {
        // The service requires an id, as every resource has one.
        const position = { type: 'positions', id: '0', attributes: { x, y } };
        return client.post(asker, `data/maps/${mapId}/footholds/below`, { data: position }, readFoothold);
      },
      keyOf: ({ mapId, x, y }) => `${mapId},${x},${y}`,
    },
    clock,
  );
}

/** Without a data service no map is known. */
export function embeddedMaps(): MapSource {
  return embedded<'foothold'>(() => undefined);
}
