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

/** Ids are uint32 there and int16 in SPAWNED, where the Go services write the low 16 bits: so does this one. */
export function readFoothold(answered: unknown): number {
  const { data }: JsonApiDocument<Foothold> = readDocument(answered);
  return (Number(data.id) << 16) >> 16;
}

/** The foothold that the data service finds below a point; maps do not change. */
export function remoteMaps(client: Client, clock?: MonotonicClock): MapSource {
  return cachedSource<'foothold'>(
    {
      ask(asker, { mapId, x, y }) {
        // The service reads a resource, and those have an id.
        const position = { type: 'positions', id: '0', attributes: { x, y } };
        return client.post(asker, `data/maps/${mapId}/footholds/below`, { data: position }, readFoothold);
      },
      keyOf: ({ mapId, x, y }) => `${mapId},${x},${y}`,
    },
    clock,
  );
}

/** Without a data service nobody knows a map. */
export function embeddedMaps(): MapSource {
  return embedded<'foothold'>(() => undefined);
}
