/** What is remembered of a tenant's headers: the newest record counts, and an HTTP request only where there is none. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TenantContext } from '../../src/context.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import type { Connection } from '../../src/store/statement.ts';
import { Tenants } from '../../src/store/tenants.ts';
import { TENANT } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';

const FORWARDED = ['ENVIRONMENT'];
const NOW = Date.now();
const MINUTE = 60_000;

let database: Database;
/** The database, with a count of the statements that it was sent. */
let counted: Connection;
let statements = 0;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
  counted = {
    $queryRawUnsafe: (text, ...values) => {
      statements += 1;
      return database.$queryRawUnsafe(text, ...(values as unknown[]));
    },
    $executeRawUnsafe: (text, ...values) => {
      statements += 1;
      return database.$executeRawUnsafe(text, ...(values as unknown[]));
    },
  };
});
afterAll(() => database.$disconnect());

let id: string;
let tenants: Tenants;
beforeEach(() => {
  id = randomUUID();
  tenants = new Tenants(FORWARDED);
  statements = 0;
});

const context = (REGION: string, more: Partial<TenantContext> = {}): TenantContext => {
  return { ...TENANT, TENANT_ID: id, REGION, forwarded: {}, ...more };
};
const sighting = (seenAt: number, REGION: string) => ({ context: context(REGION), seenAt });
const seen = (seenAt: number, REGION: string, by = tenants) => by.saveSeen(counted, [sighting(seenAt, REGION)]);
const region = async () => (await tenants.lastSeen(database, [id])).get(id)?.REGION;
/** The transaction that wrote the row. */
async function version(): Promise<unknown> {
  const [row] = await database.$queryRaw<{ xmin: unknown }[]>`SELECT xmin::text FROM tenant WHERE id = ${id}::uuid`;
  return row?.xmin;
}

describe('of consumed records', () => {
  it('the newest counts, in whatever order they come', async () => {
    await seen(NOW - 5_000, 'A');
    await seen(NOW - 6_000, 'OLD');
    expect(await region()).toBe('A');
    await seen(NOW - 4_000, 'B');
    expect(await region()).toBe('B');
    await tenants.saveSeen(database, [sighting(NOW - 1_000, 'C'), sighting(NOW - 2_000, 'OLD')]);
    expect(await region()).toBe('C');
    // Of equal ones the one that arrives later.
    await seen(NOW - 1_000, 'D');
    expect(await region()).toBe('D');
  });

  it('the newest counts, whichever instance consumes it', async () => {
    const others = new Tenants(FORWARDED);
    await seen(NOW - 5_000, 'A');
    await seen(NOW - 6_000, 'OLD', others);
    expect(await region()).toBe('A');
    await seen(NOW - 4_000, 'B', others);
    expect(await region()).toBe('B');
    // Older than what the other instance has seen: it is asked for again as soon as something newer comes.
    await seen(NOW - 4_500, 'C');
    expect(await region()).toBe('B');
    await seen(NOW - 3_000, 'C');
    expect(await region()).toBe('C');
  });

  it('one from the future was seen now', async () => {
    await seen(Number('9223372036854775807'), 'FUTURE');
    await seen(Number('-9223372036854775808'), 'OLD');
    expect(await region()).toBe('FUTURE');
    await seen(Date.now() + 1_000, 'LATER');
    expect(await region()).toBe('LATER');
  });

  it('those that say nothing new write nothing, but their time once a minute', async () => {
    await seen(NOW - 10 * MINUTE, 'A');
    const first = await version();
    await seen(NOW - 10 * MINUTE + 1, 'A');
    expect(statements).toBe(1);
    // An instance that has not seen the tenant looks, and leaves the row as it is.
    await seen(NOW - 9 * MINUTE, 'A', new Tenants(FORWARDED));
    expect(statements).toBe(2);
    expect(await version()).toBe(first);
    await seen(NOW - 9 * MINUTE + 1, 'A', new Tenants(FORWARDED));
    expect(await version()).not.toBe(first);
    await seen(NOW - 9 * MINUTE, 'OLD', new Tenants(FORWARDED));
    expect(await region()).toBe('A');
  });

  it('everything is kept as it was, and forwarded while it is named', async () => {
    const forwarded = { ENVIRONMENT: Buffer.from([0, 0xff, 0x2c, 0x3b]) };
    const strange = context('a,b;%\u0000"', { MAJOR_VERSION: 65_535, forwarded });
    await tenants.saveSeen(database, [{ context: strange, seenAt: NOW }]);
    expect((await tenants.lastSeen(database, [id, randomUUID()])).get(id)).toEqual(strange);
    expect((await new Tenants([]).lastSeen(database, [id])).get(id)).toEqual({ ...strange, forwarded: {} });
  });

  it('that name many tenants are saved in a few statements, and are not looked at again', async () => {
    const all = Array.from({ length: 2_500 }, () => {
      return { context: context('GMS', { TENANT_ID: randomUUID() }), seenAt: NOW };
    });
    await tenants.saveSeen(counted, all);
    expect(statements).toBe(3);
    expect((await tenants.lastSeen(database, all.map((one) => one.context.TENANT_ID))).size).toBe(2_500); // prettier-ignore
    for (const one of all) await tenants.saveSeen(counted, [one]);
    expect(statements).toBe(3);
  });
});

describe('of HTTP requests', () => {
  it('the first names a tenant that no record has named, until one does', async () => {
    await tenants.addIfUnknown(database, context('POST'));
    await tenants.addIfUnknown(database, context('POST2'));
    await new Tenants(FORWARDED).addIfUnknown(database, context('POST3'));
    expect(await region()).toBe('POST');
    await seen(0, 'RECORD');
    expect(await region()).toBe('RECORD');
  });

  it('none changes what a record has said', async () => {
    await seen(0, 'RECORD');
    await tenants.addIfUnknown(database, context('POST'));
    await new Tenants(FORWARDED).addIfUnknown(database, context('POST'));
    expect(await region()).toBe('RECORD');
  });
});
