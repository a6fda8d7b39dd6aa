import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/reference/client.ts';
import { remoteInventory } from '../../src/reference/inventory.ts';
import { ReferenceServiceError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the pet items of a character', () => {
  const services = servicesForAll();

  it('are requested each time', async () => {
    const { petAssets } = services.sources;
    expect(await petAssets.ask(ASKER, 1)).toEqual([]);
    services.stub.setInventory(1, [
      { id: 1, slot: 3, templateId: 5_000_000, petId: 4_294_967_295 },
      { id: 2, slot: -1, templateId: 5_009_999, petId: null },
      { id: 3, slot: 4, templateId: 5_000_001 },
      { id: 4, slot: 5, templateId: 5_010_000, petId: 9 },
    ]);
    expect(petAssets.answerAtHand(ASKER, 1)).toBeUndefined();
    expect(await petAssets.ask(ASKER, 1)).toEqual([
      { slot: 3, templateId: 5_000_000, petId: 4_294_967_295 },
      { slot: -1, templateId: 5_009_999, petId: 0 },
      { slot: 4, templateId: 5_000_001, petId: 0 },
    ]);
  });

  it('are empty if the service does not know the character', async () => {
    services.stub.fail('inventory', '404');
    expect(await services.sources.petAssets.ask(ASKER, 1)).toEqual([]);
    services.stub.fail('inventory', undefined);
  });

  it.each(['wrong-shape', 'garbage', '500'] as const)('reject if the service fails (%s) 3 times', async (failure) => {
    services.stub.fail('inventory', failure);
    const before = services.stub.requests.inventory;
    await expect(services.sources.petAssets.ask(ASKER, 1)).rejects.toThrow(ReferenceServiceError);
    expect(services.stub.requests.inventory).toBe(before + 3);
    services.stub.fail('inventory', undefined);
  });

  it('are undefined without a service', async () => {
    const { petAssets } = embeddedReferences().sources;
    expect(petAssets.answerAtHand(ASKER, 1)).toEqual({ answer: undefined });
    expect(await petAssets.ask(ASKER, 1)).toBeUndefined();
  });
});

describe('the assets of an inventory', () => {
  const asset = (id: string, petId: unknown = Number(id)) => {
    return { type: 'assets', id, attributes: { slot: 1, templateId: 5_000_000, petId } };
  };
  const compartment = (type: unknown, ...ids: string[]) => ({
    type: 'compartments',
    id: JSON.stringify(type),
    attributes: { type },
    relationships: { assets: { data: ids.map((id) => ({ type: 'assets', id })) } },
  });

  /** Returns the pet ids of the assets that are read from these included resources. */
  async function petIdsOf(...included: unknown[]): Promise<number[]> {
    const get: Client['get'] = (_asker, _path, read) =>
      Promise.resolve(read({ data: { type: 'inventories', id: '1' }, included }));
    const assets = await remoteInventory({ get }).ask(ASKER, 1);
    return (assets ?? []).map(({ petId }) => petId);
  }

  it('do not include those of compartments for other items', async () => {
    const assets = ['1', '2', '3', '4'].map((id) => asset(id));
    const included = [compartment(1, '1'), compartment(5, '2', '9'), compartment(2, '3'), ...assets];
    expect(await petIdsOf(...included)).toEqual([2, 4]);
  });

  it('include those that no compartment lists, among resources of other types', async () => {
    const silent = { type: 'compartments', id: '5', attributes: { type: 5 } };
    expect(
      await petIdsOf(silent, { ...silent, id: '1', relationships: {} }, { type: 'coins', id: '7' }, asset('1')),
    ).toEqual([1]);
  });

  it.each([[asset('1', -1)], [asset('1', '7')], [compartment('5')], [{ id: '1' }], [7]])(
    'throw for the resource %j',
    async (resource) => {
      await expect(petIdsOf(resource)).rejects.toThrow(/must/);
    },
  );
});
