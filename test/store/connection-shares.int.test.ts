/** How many connections an instance opens, and that the minimum suffices for all its work at the same time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { MIN_CONNECTIONS } from '../../src/store/connection-shares.ts';
import { ask, petDocument } from '../support/api.ts';
import { award, character, command, createPets, json, sendable, spawn, TENANT } from '../support/commands.ts';
import { untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const OWNERS = 20;
const AWARDS = 400;
const REQUESTS = 80;
const CLIENTS = 8;
const MAP = 100;
const OWNER_ID_STEP = 1_000;

let rig: Rig;
let admin: pg.Client;
/** The role of the service, whose sessions are counted. */
const role = `r_${randomUUID().slice(0, 8)}`;
let url: URL;
let stopWatching: (() => Promise<number>) | undefined;
beforeAll(async () => {
  rig = await createRig();
  admin = new pg.Client({ connectionString: rig.environment['DATABASE_URL'] });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret' IN ROLE pg_read_all_data, pg_write_all_data`);
  url = new URL(rig.environment['DATABASE_URL'] ?? '');
  url.username = role;
  url.password = 'secret';
});
afterAll(async () => {
  await stopWatching?.();
  await admin.end();
  await rig.close();
});

/** Counts the sessions of the role repeatedly. @returns a function that stops and returns the maximum. */
function watchSessions(): () => Promise<number> {
  const count = 'SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename = $1';
  const ending = new AbortController();
  let maxOpen = 0;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const { rows } = await admin.query<{ open: number }>(count, [role]);
      maxOpen = Math.max(maxOpen, rows[0]?.open ?? 0);
      await sleep(5);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
    return maxOpen;
  };
}

it.each([
  ['the minimum', MIN_CONNECTIONS, MIN_CONNECTIONS],
  ['the default', undefined, 20],
])(
  'does all its work at the same time with %s number of connections, and opens no more',
  async (_what, setting, bound) => {
    const seenBefore = (await rig.seen(() => true)).length;
    const owners = Array.from({ length: OWNERS }, (_, n) => OWNER_ID_STEP * (bound + n));
    const pets = await Promise.all(owners.map(async (owner) => (await createPets(rig.database, owner, 2))[0] ?? 0));
    const watched = watchSessions();
    stopWatching = watched;
    const instance = await rig.start({
      DATABASE_URL: url.href,
      ...(setting !== undefined && { DATABASE_MAX_CONNECTIONS: String(setting) }),
      HUNGER_INTERVAL_MS: '100',
      EXPIRATION_INTERVAL_MS: '100',
      // Publishers keep their connections, as with a slow broker.
      FAULT_POINT: 'before-send',
      FAULT_KIND: 'delay',
    });
    const login = { type: 'LOGIN', body: { channelId: 1, mapId: MAP } };
    await rig.send(
      owners.map((owner) => character(owner, login)),
      characterStatus,
    );
    await rig.settled();
    await rig.send(owners.map((owner, n) => command(spawn(owner, pets[n] ?? 0))));
    const body = (ownerId: number) => petDocument({ ownerId, templateId: 5_000_017 });
    const location = { worldId: 0, channelId: 1, mapId: MAP, instance: '00000000-0000-0000-0000-000000000000' };
    const movements = pets.map((objectId, n) =>
      petMovement.encode(
        { ...location, objectId, observerId: owners[n] ?? 0, x: 1, y: 1, stance: 0 },
        { ...TENANT, traceparent: newTraceparent() },
      ),
    );
    const statuses: number[] = [];
    // Each client sends one pair of requests after the other: a longer queue would be refused.
    const client = async (requests: number, at: number) => {
      for (let n = 0; n < requests; n += 1) {
        const owner = owners[(at + n) % OWNERS] ?? 0;
        const answers = await Promise.all([
          ask(`${instance.url}/api/pets`, { method: 'POST', body: body(owner) }),
          ask(`${instance.url}/api/characters/${String(owner)}/pets`),
        ]);
        statuses.push(...answers.map(({ status }) => status));
      }
    };
    await Promise.all([
      ...Array.from({ length: CLIENTS }, (_, at) => client(REQUESTS / CLIENTS, at)),
      rig.send(Array.from({ length: AWARDS }, (_, n) => command(award(pets[n % OWNERS] ?? 0, 1)))),
      // Records that cause a rejection and a dead letter, so that every channel has records to send.
      rig.send([command(award(4_000_000_000, 1)), { ...command(award(1, 1)), value: '{' }]),
      untilMoved(instance, movements.length, () => rig.send(movements.map(sendable), petMovement)),
    ]);
    const events = (await rig.settled()).slice(seenBefore);
    expect(statuses.filter((status) => status !== 201 && status !== 200)).toEqual([]);
    const types = events
      .filter(({ channel }) => channel === petStatus.name)
      .map((one) => (json(one) as { type?: string } | null)?.type);
    const ofType = (type: string) => types.filter((one) => one === type);
    expect(new Set(events.map(({ channel }) => channel)).size).toBe(3);
    expect(ofType('CLOSENESS_CHANGED')).toHaveLength(AWARDS);
    expect(ofType('CREATED')).toHaveLength(REQUESTS);
    expect(ofType('FULLNESS_CHANGED').length).toBeGreaterThan(0);
    const maxOpen = await watched();
    await instance.stop();
    expect(instance.output()).not.toMatch(/DATABASE_|_NOT_APPLIED|_NOT_WRITTEN|_NOT_DONE|UNREADABLE/);
    expect(maxOpen).toBeGreaterThan(3);
    expect(maxOpen).toBeLessThanOrEqual(bound);
  },
);
