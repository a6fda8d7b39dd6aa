/** Events of one character in several partitions: sessions follow the timestamps of the records. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { ask } from '../support/api.ts';
import { character as characterOf, createPets, sendable, TENANT } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { movementsThat, untilMoved } from '../support/movements.ts';
import { createRig, PARTITIONS } from '../support/rig.ts';
import type { Rig, Sendable } from '../support/rig.ts';
import { until } from '../support/until.ts';

const OWNER = 31_000;
const PAIRS = 80;
const LOCATION = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };
/** Milliseconds since 1970: in the past, but within the retention of the topic. */
const START_TIME = Date.now() - 3_600_000;

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

/** Returns an event of a character so many seconds after START_TIME, in a partition that does not depend on its key. */
function at(seconds: number, partition: number, type: string, { characterId = OWNER, mapId = LOCATION.mapId } = {}) {
  const body = { channelId: 1, mapId, targetMapId: mapId };
  return { ...characterOf(characterId, { type, body }), partition, timestamp: String(START_TIME + seconds * 1_000) };
}

const send = (...records: readonly Sendable[]) => rig.send(records, characterStatus);
/** Sends each record after the one before was applied, so that they are read in this order. */
async function sendOneByOne(...records: readonly Sendable[]): Promise<void> {
  for (const record of records) {
    await send(record);
    await rig.settled();
  }
}
/** Returns the maps of the sessions, by character. */
async function sessions(): Promise<Record<string, number>> {
  const rows = await rig.database.characterSession.findMany();
  return Object.fromEntries(rows.map(({ characterId, mapId }) => [String(characterId), Number(mapId)]));
}

/** Waits until `total` records are counted. @returns how many of them changed something, and how many were stale. */
async function outcomesOf(total: number): Promise<{ readonly changed: number; readonly stale: number }> {
  let counts = { changed: 0, stale: 0 };
  await until(
    () => `${JSON.stringify(counts)} of ${String(total)} records are counted`,
    async () => {
      const texts = await Promise.all(rig.instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
      const count = (outcome: string) => {
        const line = `^pets_records_total\\{[^}]*CHARACTER_STATUS[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`;
        const found = texts.map((text) => Number(new RegExp(line, 'm').exec(text)?.[1] ?? 0));
        return found.reduce((sum, one) => sum + one, 0);
      };
      counts = { changed: count('changed'), stale: count('stale') };
      return counts.changed + counts.stale === total;
    },
  );
  return counts;
}

describe('LOGIN and LOGOUT pairs in any order in any partition', () => {
  it.each([
    ['are sent while the service is down', 0, 1],
    ['are read by two instances', 2, 0],
  ])('leave no session open if they %s', async (_how, startedBefore, startedAfter) => {
    for (let index = 0; index < startedBefore; index += 1) await rig.start();
    const pairs = Array.from({ length: PAIRS }, (_, index) => {
      const characterId = OWNER + index;
      // The LOGOUT of every other pair is before its LOGIN in one partition; the others are read in any order.
      const login = index % PARTITIONS;
      const logout = index % 2 === 0 ? (index + 1 + (index % 3)) % PARTITIONS : login;
      return {
        login: at(index, login, 'LOGIN', { characterId }),
        logout: at(index + 0.5, logout, 'LOGOUT', { characterId }),
      };
    });
    await send(...pairs.map(({ logout }) => logout));
    await send(...pairs.map(({ login }) => login));
    // Some log in again later, and the old events of others are read once more.
    const returning = [0, 1, 2, 3].map((index) => OWNER + index);
    await send(...returning.map((characterId, index) => at(1_000, index, 'LOGIN', { characterId, mapId: 7 })));
    await send(...pairs.slice(10, 20).map(({ login }) => ({ ...login, partition: 0 })));

    for (let index = 0; index < startedAfter; index += 1) await rig.start();
    await rig.settled();
    expect(await sessions()).toEqual(Object.fromEntries(returning.map((characterId) => [String(characterId), 7])));
    const { stale } = await outcomesOf(PAIRS * 2 + returning.length + 10);
    expect(stale).toBeGreaterThanOrEqual(PAIRS / 2);
  });
});

describe('a session', () => {
  let instance: Instance;
  let petId: number;
  beforeEach(async () => {
    instance = await rig.start();
    [petId = 0] = await createPets(rig.database, OWNER, 1);
  });

  /** Sends a movement, and waits until it is counted. */
  const move = (x: number, mapId = LOCATION.mapId) =>
    untilMoved(instance, 1, () => {
      const command = { ...LOCATION, mapId, objectId: petId, observerId: OWNER, x, y: 0, stance: 0 };
      return rig.send(
        [sendable(petMovement.encode(command, { ...TENANT, traceparent: newTraceparent() }))],
        petMovement,
      );
    });
  const shownX = async () => (await ask(`${instance.url}/api/pets/${String(petId)}`)).json.data.attributes['x'];

  it('does not begin with a LOGIN that is older than the LOGOUT, and pets keep their positions', async () => {
    await sendOneByOne(at(1, 1, 'LOGOUT'));
    await move(5);
    await sendOneByOne(at(0, 2, 'LOGIN'));
    expect(await sessions()).toEqual({});
    expect(await outcomesOf(2)).toEqual({ changed: 1, stale: 1 });
    expect(await shownX()).toBe(5);
    await sendOneByOne(at(2, 3, 'LOGIN'));
    expect(await sessions()).toEqual({ [OWNER]: LOCATION.mapId });
    expect(await shownX()).toBe(0);
  });

  it('keeps location, positions and due hunger if older events arrive', async () => {
    await sendOneByOne(at(10, 0, 'LOGIN'));
    await move(5);
    const hunger = () => rig.database.characterSession.findFirst({ select: { hungerDueAt: true } });
    const due = await hunger();
    await sendOneByOne(
      at(9, 1, 'MAP_CHANGED', { mapId: 200 }),
      at(8, 2, 'CHANNEL_CHANGED', { mapId: 300 }),
      at(7, 3, 'LOGOUT'),
      at(6, 1, 'LOGIN', { mapId: 400 }),
    );
    expect(await sessions()).toEqual({ [OWNER]: LOCATION.mapId });
    expect(await outcomesOf(5)).toEqual({ changed: 1, stale: 4 });
    expect([await shownX(), await hunger()]).toEqual([5, due]);
    await move(6);
    await move(7, 200);
    expect(await shownX()).toBe(6);
    expect(await movementsThat(instance, 'stale')).toBe(1);
  });

  it('follows the event that is read later if two have the same timestamp', async () => {
    await sendOneByOne(at(1, 0, 'LOGOUT'), at(1, 1, 'LOGIN'));
    expect(await sessions()).toEqual({ [OWNER]: LOCATION.mapId });
    await sendOneByOne(at(1, 2, 'LOGOUT'));
    expect(await sessions()).toEqual({});
    expect(await outcomesOf(3)).toEqual({ changed: 3, stale: 0 });
  });

  it('ends with a DELETED of any time, which does not change the time of the last session event', async () => {
    await sendOneByOne(at(10, 0, 'LOGIN'), at(1, 1, 'DELETED'));
    expect(await sessions()).toEqual({});
    expect(await rig.database.pet.count()).toBe(0);
    await sendOneByOne(at(9, 2, 'LOGIN'));
    expect(await sessions()).toEqual({});
    expect(await outcomesOf(3)).toEqual({ changed: 2, stale: 1 });
  });

  it('is of one tenant: the events of another one have an order of their own', async () => {
    const other = characterOf(
      OWNER,
      { type: 'LOGIN', body: LOCATION },
      { TENANT_ID: 'aaaaaaaa-c47c-42a6-9585-76492795d123' },
    );
    await sendOneByOne(at(1, 1, 'LOGOUT'), { ...other, timestamp: String(START_TIME), partition: 2 });
    expect(await sessions()).toEqual({ [OWNER]: LOCATION.mapId });
    expect(await outcomesOf(2)).toEqual({ changed: 2, stale: 0 });
  });
});
