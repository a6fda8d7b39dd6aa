/** A unit of work locks and writes tables in a fixed order, and writes each table once. */
import { describe, expect, it } from '@jest/globals';
import { change } from '../../src/domain/pet.ts';
import type { Pet } from '../../src/domain/pet.ts';
import type { Connection } from '../../src/store/statement.ts';
import { LOCK_ORDER, LockOrder, WAIT } from '../../src/unit-of-work/locks.ts';
import { UnitOfWork } from '../../src/unit-of-work/unit-of-work.ts';
import { TENANT } from '../support/commands.ts';

const TENANT_ID = TENANT.TENANT_ID;

describe('the order of locks', () => {
  it('allows each table after the earlier ones, and rows that were locked earlier', () => {
    const order = new LockOrder();
    for (const table of LOCK_ORDER) order.lock(table);
    for (const table of LOCK_ORDER) order.write(table);
  });

  it.each([
    [
      'locks rows',
      (order: LockOrder) => {
        order.lock('owner');
      },
      'rows of owner are locked after those of pet',
    ],
    [
      'writes rows',
      (order: LockOrder) => {
        order.write('session_clock');
      },
      'rows of session_clock are locked after those of pet',
    ],
    [
      'locks a table twice',
      (order: LockOrder) => {
        order.lock('pet');
      },
      'rows of pet are locked twice',
    ],
    [
      'writes a table twice',
      (order: LockOrder) => {
        order.write('pet');
        order.write('pet');
      },
      'pet is written twice',
    ],
  ])('is broken by who %s too late', (_name, act, message) => {
    const order = new LockOrder();
    order.lock('pet');
    expect(() => {
      act(order);
    }).toThrow(message);
  });
});

/** Returns a connection that records which table each statement locks or writes, and reports all rows as affected. */
function recordingConnection() {
  const tables: string[] = [];
  const note = (text: string) => {
    const table =
      /\b(?:INSERT INTO|(?<!FOR )UPDATE|DELETE FROM) (\w+)/.exec(text)?.[1] ?? /\bFROM (\w+)/.exec(text)?.[1];
    tables.push(String(table));
  };
  const connection = {
    $queryRawUnsafe: (text: string) => {
      note(text);
      if (text.includes('INTO outbox')) return Promise.resolve([{ ids: '1' }]);
      if (text.includes('INTO session_clock')) return Promise.resolve([{ clocks: `${TENANT_ID}/7 5` }]);
      if (text.includes('FROM owner')) return Promise.resolve([{ id: 7n }]);
      return Promise.resolve(text.includes('INTO pet') ? [{ id: 2n }] : []);
    },
    $executeRawUnsafe: (text: string, keys: unknown) => {
      note(text);
      return Promise.resolve(String(keys).split(',').length);
    },
  };
  return { connection: connection as unknown as Connection, tables };
}

const pet = (id: number): Pet => ({
  id,
  ownerId: 7,
  templateId: 5_000_000,
  name: 'Pet',
  level: 1,
  closeness: 0,
  fullness: 100,
  expiration: null,
  slot: -1,
  excludes: [],
  createdAt: 0,
});

const NEW_PET = { ...pet(0), expiration: 0, cashId: 0n, flag: 0, purchaseBy: 0 };
const SESSION = { worldId: 0, channelId: 0, mapId: 1, instance: '00000000-0000-0000-0000-000000000000' };

/** Returns a unit of work with changes of every table. */
async function changedEverywhere(connection: Connection): Promise<UnitOfWork> {
  const unit = new UnitOfWork(connection, WAIT);
  await unit.lockOffsets('group', [{ topic: 'topic', partition: 0 }]);
  await unit.createOwner({ tenantId: TENANT_ID, ownerId: 7 });
  await unit.lockClocks([{ tenantId: TENANT_ID, characterId: 7 }], 0);
  unit.sessions.set(TENANT_ID, { characterId: 7, session: SESSION, eventAt: 6, forgetsPositions: true });
  for (const id of [1, 2]) unit.rosters.add(TENANT_ID, pet(id));
  const newPosition = { petId: 1, position: { x: 0, y: 0, stance: 0, fh: 1 } };
  unit.rosters.apply({ changes: [change(pet(1), { level: 2 })], deleted: [pet(2)], newPosition });
  unit.createPet(TENANT_ID, NEW_PET);
  unit.outbox.push({ stream: 's', channel: 'petStatus', record: { key: null, value: null, headers: {} } });
  const lastApplied = { offset: 1n, timestamp: 0 };
  unit.advanceOffsets('group', [{ topic: 'topic', partition: 0, next: 2n, lastApplied }]);
  return unit;
}

describe('a flush', () => {
  it('writes table by table in the order of locks, and the locked offsets last', async () => {
    const { connection, tables } = recordingConnection();
    const unit = await changedEverywhere(connection);
    const locked = tables.splice(0);
    expect(locked).toEqual(['consumer_offset', 'owner', 'owner', 'session_clock']);
    expect(await unit.flush()).toMatchObject([{ id: 1n, stream: 's' }]);
    expect(tables.filter((table, index) => table !== tables[index - 1])).toEqual([
      ...LOCK_ORDER.slice(LOCK_ORDER.indexOf('session_clock')),
      'consumer_offset',
    ]);
  });

  it('writes nothing if nothing has changed', async () => {
    const { connection, tables } = recordingConnection();
    const unit = new UnitOfWork(connection, WAIT);
    expect(await unit.flush()).toEqual([]);
    expect(tables).toEqual([]);
  });

  it('throws if it is repeated', async () => {
    const unit = new UnitOfWork(recordingConnection().connection, WAIT);
    await unit.flush();
    await expect(unit.flush()).rejects.toThrow('flushed twice');
  });

  it('allows no locks after it', async () => {
    const unit = await changedEverywhere(recordingConnection().connection);
    await unit.flush();
    await expect(unit.load([])).rejects.toThrow('rows of owner are locked after those of outbox');
  });
});
