import { isPetItem } from '../domain/deletion.ts';
import type { PetAsset } from '../domain/facts.ts';
import type { Client } from './client.ts';
import { documentReader, includedOf, INT16, integer, object, readerOf, TEXT, UINT32 } from './json-api.ts';
import type { JsonApiDocument, JsonApiResource } from './json-api.ts';
import { embedded } from './embedded.ts';
import type { FactSource } from './source.ts';

type InventorySource = FactSource<'petAssets'>;

interface Compartment extends JsonApiResource<{ readonly type: number }> {
  readonly relationships?: { readonly assets?: { readonly data?: readonly Pick<JsonApiResource, 'id'>[] } };
}
type Asset = JsonApiResource<{ readonly slot: number; readonly templateId: number; readonly petId?: number | null }>;

/** The type of the compartment for what is paid for: pets are there. */
const CASH = 5;

const assets = object({}, { data: { type: 'array', items: object({ id: TEXT }) } });
const readDocument = documentReader(object({ type: TEXT }));
const readCompartment = readerOf<Compartment>(
  object({ attributes: object({ type: integer(0, 255) }) }, { relationships: object({}, { assets }) }),
);
const readAsset = readerOf<Asset>(
  object({ attributes: object({ slot: INT16, templateId: UINT32 }, { petId: { ...UINT32, nullable: true } }) }),
);

/** The pet items of an inventory: of all assets that are not in a compartment for something else. */
function petAssetsOf(document: JsonApiDocument): PetAsset[] {
  const others = [...includedOf(document, 'compartments', readCompartment).values()]
    .filter(({ attributes: { type } }) => type !== CASH)
    .flatMap(({ relationships }) => relationships?.assets?.data ?? []);
  const elsewhere = new Set(others.map(({ id }) => id));
  return [...includedOf(document, 'assets', readAsset)]
    .filter(([id, asset]) => !elsewhere.has(id) && isPetItem(asset.attributes.templateId))
    .map(
      ([
        ,
        {
          attributes: { slot, templateId, petId },
        },
      ]) => ({ slot, templateId, petId: petId ?? 0 }),
    );
}

/** The pet items that the inventory service says a character has; asked each time. Whom it does not know has none. */
export function remoteInventory(client: Pick<Client, 'get'>): InventorySource {
  return {
    answerAtHand: () => undefined,
    async ask(asker, characterId) {
      const read = (answered: unknown) => petAssetsOf(readDocument(answered));
      return (await client.get(asker, `characters/${characterId}/inventory`, read)) ?? [];
    },
  };
}

/** Without an inventory service nobody knows what anyone has. */
export function embeddedInventory(): InventorySource {
  return embedded<'petAssets'>(() => undefined);
}
