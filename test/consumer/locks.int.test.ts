/** A row lock of another session, for example an operator's, blocks only the lanes that need the row: promise 7. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { AnyChannel } from '../../generated/contract/channels.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { award, character, command, createPets, json, TENANT } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Sendable } from '../support/rig.ts';
import { until } from '../support/until.ts';

/** Each case has lanes of its own: a partition that waits again within seconds is not logged again. */
const LANES = 4;
const CASES = 7;
/** Records of each lane that are sent while the row is locked: more than one batch. */
const LOAD = 400;

let rig: Rig;
let instance: Instance;
let session: pg.Client;
/** The partition of the first lane of this case, and its owners. */
let firstLane = -LANES;
let lockedOwner = 901;
let freeOwner = 902;
beforeAll(async () => {
  rig = await createRig({}, undefined, CASES * LANES);
  instance = await rig.start();
});
afterAll(() => rig.close());
beforeEach(async () => {
  firstLane += LANES;
  lockedOwner += 10;
  freeOwner += 10;
  session = new pg.Client({ connectionString: rig.environment['DATABASE_URL'] ?? '' });
  await session.connect();
});
afterEach(() => session.end());

/** Returns the next offset of each lane from its row. */
async function nextOffsets(channel: AnyChannel): Promise<Map<number, number>> {
  const topic = rig.environment[channel.env] ?? '';
  const rows = await rig.database.consumerOffset.findMany({ where: { topic } });
  return new Map(rows.map(({ partition, nextOffset }) => [partition - firstLane, Number(nextOffset)]));
}

async function untilAt(channel: AnyChannel, expected: readonly number[]): Promise<void> {
  let last: unknown;
  const isReached = async () => {
    const now = await nextOffsets(channel);
    last = expected.map((_, lane) => now.get(lane) ?? 0);
    return JSON.stringify(last) === JSON.stringify(expected);
  };
  await until(() => `${channel.name} is at ${JSON.stringify(last)}, not at ${JSON.stringify(expected)}`, isReached);
}

/** Returns the partitions and offsets at which lanes of a channel have waited so far, from the log. */
const waits = (channel: AnyChannel) =>
  [...instance.output().matchAll(/"topic":"([^"]*)","partition":(\d+),"offset":"(\d+)"[^\n]*A partition waits/g)]
    .filter(([, topic]) => topic === rig.environment[channel.env])
    .map(([, , partition = '', offset = '']) => `${partition}/${offset}`);

/** Returns records of one of this case's lanes. */
const lane = (number: number, records: readonly Sendable[]) =>
  records.map((record) => ({ ...record, partition: firstLane + number }));

interface LockCase {
  /** The statement of the other session, in its open transaction. */
  readonly statement: (petId: number) => string;
  readonly channel: AnyChannel;
  /** The record that needs the row, and one that does not. */
  readonly blocked: (petId: number) => Sendable;
  readonly free: (petId: number) => Sendable;
}

const login = (characterId: number) => character(characterId, { type: 'LOGIN', body: { channelId: 1, mapId: 100 } });
const blockedAward = { channel: petCommand, blocked: (petId: number) => command(award(petId, 1)) };
const blockedLogin = { channel: characterStatus, blocked: () => login(lockedOwner) };
const freeAward = (petId: number) => command(award(petId, 1));

const cases: readonly [string, LockCase][] = [
  [
    'owner',
    {
      ...blockedAward,
      free: freeAward,
      statement: () => `SELECT 1 FROM owner WHERE owner_id = ${String(lockedOwner)} FOR UPDATE`,
    },
  ],
  [
    'pet',
    {
      ...blockedAward,
      free: freeAward,
      statement: (petId) => `SELECT 1 FROM pet WHERE id = ${String(petId)} FOR UPDATE`,
    },
  ],
  [
    'session',
    {
      ...blockedLogin,
      free: () => login(freeOwner),
      statement: () => `SELECT 1 FROM character_session WHERE character_id = ${String(lockedOwner)} FOR UPDATE`,
    },
  ],
  [
    'session clock',
    {
      ...blockedLogin,
      free: () => login(freeOwner),
      statement: () => `INSERT INTO session_clock VALUES ('${TENANT.TENANT_ID}', ${String(lockedOwner)}, NULL, NULL)`,
    },
  ],
  [
    'position',
    {
      ...blockedLogin,
      free: () => login(freeOwner),
      statement: (petId) => `SELECT 1 FROM pet_position WHERE pet_id = ${String(petId)} FOR UPDATE`,
    },
  ],
];

describe('a row lock of another session', () => {
  it.each(cases)('on %s blocks only the lanes whose next record needs the row', async (_row, lockCase) => {
    const { statement, channel, blocked, free } = lockCase;
    const [lockedPet = 0] = await createPets(rig.database, lockedOwner, 1);
    const [freePet = 0] = await createPets(rig.database, freeOwner, 1);
    const location = { worldId: 0, channelId: 1, mapId: 100n, instance: '00000000-0000-0000-0000-000000000000' };
    const { tenantId } = await rig.database.pet.findUniqueOrThrow({ where: { id: lockedPet } });
    await rig.database.characterSession.create({
      data: { tenantId, characterId: lockedOwner, ...location, hungerDueAt: new Date('2100-01-01') },
    });
    await rig.database.petPosition.create({ data: { petId: lockedPet, ...location, x: 1, y: 1, stance: 0, fh: 1 } });
    await session.query('BEGIN');
    await session.query(statement(lockedPet));

    const [one, bad] = [free(freePet), blocked(lockedPet)];
    await rig.send([...lane(0, [one, one]), ...lane(1, [one, bad, one]), ...lane(2, [bad, one])], channel);
    await untilAt(channel, [2, 1, 0, 0]);
    // The other lanes continue for as long as the row is locked.
    for (let round = 1; round <= 3; round += 1) {
      const many = Array.from({ length: LOAD }, () => freeAward(freePet));
      await rig.send([...lane(0, many), ...lane(3, many)]);
      const before = channel === petCommand ? [2, 1, 0, 0] : [0, 0, 0, 0];
      await untilAt(petCommand, [(before[0] ?? 0) + round * LOAD, before[1] ?? 0, before[2] ?? 0, round * LOAD]);
    }
    expect((await nextOffsets(channel)).get(1)).toBe(1);
    const isOfThisCase = (wait: string) => Number.parseInt(wait) >= firstLane;
    await until('nothing is logged', () => Promise.resolve(waits(channel).some(isOfThisCase)));
    // Each lane is logged once, however often the record is tried.
    expect(waits(channel).toSorted()).toEqual([...new Set(waits(channel))].toSorted());

    await session.query('COMMIT');
    const seen = await rig.settled();
    expect(seen.filter(({ channel: name }) => name === 'deadLetter')).toEqual([]);
    const closeness = (id: number) =>
      rig.database.pet.findUniqueOrThrow({ where: { id }, select: { closeness: true } });
    const [blockedAwards, freeAwards] = channel === petCommand ? [2, 6 * LOAD + 5] : [0, 6 * LOAD];
    expect(await closeness(lockedPet)).toEqual({ closeness: blockedAwards });
    expect(await closeness(freePet)).toEqual({ closeness: freeAwards });
    const events = seen.map(json).filter((event) => (event as { petId?: number }).petId === freePet);
    const after = events.flatMap((event) => {
      const { type, body } = event as { type: string; body: { closeness: number } };
      return type === 'CLOSENESS_CHANGED' ? [body.closeness] : [];
    });
    expect(after).toEqual(Array.from({ length: freeAwards }, (_, index) => index + 1));
  });

  it('on consumer_offset blocks only its partition', async () => {
    const [petId = 0] = await createPets(rig.database, freeOwner, 1);
    await session.query('BEGIN');
    await session.query(`SELECT 1 FROM consumer_offset WHERE topic = $1 AND partition = $2 FOR UPDATE`, [
      rig.environment[petCommand.env],
      firstLane + 1,
    ]);
    const one = freeAward(petId);
    for (let number = 0; number < LANES; number += 1) await rig.send(lane(number, [one, one]));
    await untilAt(petCommand, [2, 0, 2, 2]);
    await rig.send([...lane(0, [one]), ...lane(1, [one])]);
    await untilAt(petCommand, [3, 0, 2, 2]);
    await session.query('COMMIT');
    await untilAt(petCommand, [3, 3, 2, 2]);
    await rig.settled();
    expect(await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).toMatchObject({ closeness: 10 });
  });

  it('on tenant blocks nothing', async () => {
    const [petId = 0] = await createPets(rig.database, freeOwner, 1);
    await rig.send(lane(0, [freeAward(petId)]));
    await untilAt(petCommand, [1, 0, 0, 0]);
    await session.query('BEGIN');
    await session.query('SELECT 1 FROM tenant FOR UPDATE');
    const from = (region: string): Sendable => {
      const record = freeAward(petId);
      return { ...record, headers: { ...record.headers, REGION: region } };
    };
    for (let number = 0; number < LANES; number += 1) await rig.send(lane(number, [from('EU'), from('EU')]));
    await untilAt(petCommand, [3, 2, 2, 2]);
    await session.query('COMMIT');
    await rig.send(lane(0, [from('SEA')]));
    await rig.settled();
    expect(await rig.database.tenant.findMany()).toMatchObject([{ region: 'SEA' }]);
  });
});
