/** Events of other services, with a real broker and database: sessions and deletions. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { AssetStatusEvent } from '../../generated/contract/messages/asset-status.js';
import {
  award,
  character as characterOf,
  command,
  createPets,
  header,
  json,
  sendable,
  spawn,
  TENANT,
} from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';

const OWNER = 12_340;
const TEMPLATE = 5_000_017;
const context = () => ({ ...TENANT, traceparent: newTraceparent() });
const character = (event: object) => characterOf(OWNER, event);
const asset = (event: Partial<AssetStatusEvent> = {}) =>
  sendable(
    assetStatus.encode(
      { characterId: OWNER, templateId: TEMPLATE, slot: 1, type: 'DELETED', body: null, ...event },
      context(),
    ),
  );

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const statusEvents = (seen: readonly Seen[]) =>
  seen
    .filter(({ channel }) => channel === 'petStatus')
    .map((record) => json(record) as { type: string; petId: number })
    .map(({ type, petId }) => `${type} ${String(petId)}`);
const sessions = () => rig.database.characterSession.findMany({ orderBy: { characterId: 'asc' } });

describe('a character', () => {
  it('has a session from its login to its logout, with its last location', async () => {
    const at = (channelId: number, mapId: number) => ({ channelId, mapId });
    await rig.start();
    await rig.send(
      [
        character({ type: 'LOGIN', body: at(1, 10) }),
        character({ type: 'MAP_CHANGED', body: { channelId: 1, oldMapId: 10, targetMapId: 11 } }),
        character({ characterId: 5, type: 'LOGIN', body: at(2, 20) }),
        character({ characterId: 6, type: 'CHANNEL_CHANGED', body: at(3, 30) }),
        character({ characterId: 7, type: 'LOGIN', body: at(3, 30) }),
        character({ characterId: 7, type: 'LOGOUT', body: at(3, 30) }),
      ],
      characterStatus,
    );
    await rig.settled();
    expect(await sessions()).toMatchObject([
      { characterId: 5n, channelId: 2, mapId: 20n, instance: '00000000-0000-0000-0000-000000000000' },
      { characterId: 6n, channelId: 3, mapId: 30n },
      { characterId: BigInt(OWNER), worldId: 0, channelId: 1, mapId: 11n, tenantId: TENANT.TENANT_ID },
    ]);
    await rig.send([character({ type: 'LOGOUT', body: at(1, 11) })], characterStatus);
    await rig.settled();
    expect(await sessions()).toHaveLength(2);
  });

  it('that is deleted has its 200 pets deleted, each with one event, and commands to them are rejected', async () => {
    const pets = await createPets(rig.database, OWNER, 200);
    const [other = 0] = await createPets(rig.database, OWNER + 1, 1);
    const [first = 0, second = 0, third = 0] = pets;
    await rig.send([spawn(OWNER, third), spawn(OWNER, first)].map((one) => ({ ...command(one), partition: 0 })));
    const instance = await rig.start();
    await rig.settled();
    await instance.stop();

    // These wait when the service starts: one batch, in which the lane with fewer records is first.
    await rig.send([award(second, 1), award(first, 1)].map((one) => ({ ...command(one), partition: 1 })));
    await rig.send([{ ...character({ type: 'DELETED' }), partition: 0 }], characterStatus);
    await rig.start();
    const seen = await rig.settled();
    const deletedEvents = statusEvents(seen).filter((event) => event.startsWith('DELETED'));
    const others = pets.filter((id) => id !== first && id !== third);
    expect(deletedEvents).toEqual([third, first, ...others].map((id) => `DELETED ${String(id)}`));
    expect((await rig.database.pet.findMany()).map(({ id }) => Number(id))).toEqual([other]);
    const rejected = seen.filter(({ channel }) => channel === 'petCommandStatus').map(json);
    for (const answer of rejected) expect(answer).toMatchObject({ body: { reason: 'PET_NOT_FOUND' } });
    expect(rejected.length + statusEvents(seen).filter((event) => event.startsWith('CLOSENESS')).length).toBe(2);
  });

  it('without pets, or with an event of an unknown type, does not stop the partition', async () => {
    const instance = await rig.start();
    const unknown = { ...character({ type: 'STAT_CHANGED' }), headers: {} };
    await rig.send([unknown, character({ type: 'DELETED' }), { ...unknown, value: '{' }], characterStatus);
    const seen = await rig.settled();
    expect(seen.map((record) => header(record, 'DEAD_LETTER_REASON'))).toEqual(['INVALID_JSON']);
    const metrics = await (await fetch(`${instance.url}/metrics`)).text();
    expect(metrics).toMatch(/pets_records_total\{[^}]*CHARACTER_STATUS[^}]*outcome="skipped"[^}]*\} 1/);
  });
});

describe('a deleted item', () => {
  it('has its pet deleted, and the pets in higher slots move down', async () => {
    const [first = 0, dog = 0, third = 0] = await createPets(rig.database, OWNER, 3);
    await rig.database.pet.update({ where: { id: dog }, data: { templateId: 5_000_001n } });
    await rig.send([first, dog, third].map((id) => ({ ...command(spawn(OWNER, id)), partition: 0 })));
    await rig.start();
    const before = (await rig.settled()).length;
    await rig.send([asset({ templateId: 5_000_001 }), asset({ templateId: 2_000_000 })], assetStatus);
    const seen = (await rig.settled()).slice(before);
    expect(statusEvents(seen)).toEqual([`SLOT_CHANGED ${String(third)}`, `DELETED ${String(dog)}`]);
    expect(await rig.database.pet.findMany({ orderBy: { id: 'asc' } })).toMatchObject([{ slot: 0 }, { slot: 1 }]);
  });

  it('that may have been any of two pets causes a dead letter', async () => {
    await createPets(rig.database, OWNER, 2);
    await rig.start();
    await rig.send([asset()], assetStatus);
    const [record] = await rig.settled();
    const values = ['REASON', 'ATTEMPTS'].map((name) => record && header(record, `DEAD_LETTER_${name}`));
    expect(values).toEqual(['AMBIGUOUS_ASSET', '1']);
    expect(await rig.database.pet.count()).toBe(2);
  });

  it('does not delete a pet that was created after it', async () => {
    await createPets(rig.database, OWNER, 1);
    await rig.start();
    await rig.send([{ ...asset(), timestamp: String(Date.now() - 120_000) }], assetStatus);
    expect(await rig.settled()).toEqual([]);
    expect(await rig.database.pet.count()).toBe(1);
  });
});
