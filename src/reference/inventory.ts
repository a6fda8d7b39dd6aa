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

/** The type of the compartment for cash items, which pets are. */
const CASH_COMPARTMENT = 5;

const assets = object({}, { data: { type: 'array', items: object({ id: TEXT }) } });
const readDocument = documentReader(object({ type: TEXT }));
const readCompartment = readerOf<Compartment>(
  object({ attributes: object({ type: integer(0, 255) }) }, { relationships: object({}, { assets }) }),
);
const readAsset = readerOf<Asset>(
  object({ attributes: object({ slot: INT16, templateId: UINT32 }, { petId: { ...UINT32, nullable: true } }) }),
);

/** Returns the pet items among all assets that are in no other compartment than the cash compartment. */
function petAssetsOf(document: JsonApiDocument): PetAsset[] {
  const others = [...includedOf(document, 'compartments', readCompartment).values()]
    .filter(({ attributes: { type } }) => type !== CASH_COMPARTMENT)
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

/** Asks the inventory service for the pet items of a character. An unknown character has none. Answers are not cached. */
export function remoteInventory(client: Pick<Client, 'get'>): InventorySource {
  return {
    answerAtHand: () => undefined,
    async ask(asker, characterId) {
      const read = (answered: unknown) => petAssetsOf(readDocument(answered));
      return (await client.get(asker, `characters/${characterId}/inventory`, read)) ?? [];
    },
  };
}

/** Without an inventory service no inventory is known. */
export function embeddedInventory(): InventorySource {
  return embedded<'petAssets'>(() => undefined);
}
