/** The stored headers of a tenant are those of its newest record, or of an HTTP request if there is no record. */
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
const MINUTE_MS = 60_000;

let database: Database;
/** The database, with a count of the statements. */
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
const seenTenant = (seenAt: number, REGION: string) => ({ context: context(REGION), seenAt });
const saveSeen = (seenAt: number, REGION: string, by = tenants) => by.saveSeen(counted, [seenTenant(seenAt, REGION)]);
const region = async () => (await tenants.lastSeen(database, [id])).get(id)?.REGION;
/** Returns the transaction that wrote the row. */
async function version(): Promise<unknown> {
  const [row] = await database.$queryRaw<{ xmin: unknown }[]>`SELECT xmin::text FROM tenant WHERE id = ${id}::uuid`;
  return row?.xmin;
}

describe('consumed records', () => {
  it('save the headers of the newest one, in whatever order they are consumed', async () => {
    await saveSeen(NOW - 5_000, 'A');
    await saveSeen(NOW - 6_000, 'OLD');
    expect(await region()).toBe('A');
    await saveSeen(NOW - 4_000, 'B');
    expect(await region()).toBe('B');
    await tenants.saveSeen(database, [seenTenant(NOW - 1_000, 'C'), seenTenant(NOW - 2_000, 'OLD')]);
    expect(await region()).toBe('C');
    // Of two with the same time, the one that is consumed later.
    await saveSeen(NOW - 1_000, 'D');
    expect(await region()).toBe('D');
  });

  it('save the headers of the newest one, whichever instance consumes it', async () => {
    const others = new Tenants(FORWARDED);
    await saveSeen(NOW - 5_000, 'A');
    await saveSeen(NOW - 6_000, 'OLD', others);
    expect(await region()).toBe('A');
    await saveSeen(NOW - 4_000, 'B', others);
    expect(await region()).toBe('B');
    // Older than the record that the other instance has seen. A newer one is saved again.
    await saveSeen(NOW - 4_500, 'C');
    expect(await region()).toBe('B');
    await saveSeen(NOW - 3_000, 'C');
    expect(await region()).toBe('C');
  });

  it('with a timestamp in the future count as seen now', async () => {
    await saveSeen(Number('9223372036854775807'), 'FUTURE');
    await saveSeen(Number('-9223372036854775808'), 'OLD');
    expect(await region()).toBe('FUTURE');
    await saveSeen(Date.now() + 1_000, 'LATER');
    expect(await region()).toBe('LATER');
  });

  it('without new headers write nothing except their time, once a minute', async () => {
    await saveSeen(NOW - 10 * MINUTE_MS, 'A');
    const first = await version();
    await saveSeen(NOW - 10 * MINUTE_MS + 1, 'A');
    expect(statements).toBe(1);
    // An instance that has not seen the tenant yet reads the row, and leaves it unchanged.
    await saveSeen(NOW - 9 * MINUTE_MS, 'A', new Tenants(FORWARDED));
    expect(statements).toBe(2);
    expect(await version()).toBe(first);
    await saveSeen(NOW - 9 * MINUTE_MS + 1, 'A', new Tenants(FORWARDED));
    expect(await version()).not.toBe(first);
    await saveSeen(NOW - 9 * MINUTE_MS, 'OLD', new Tenants(FORWARDED));
    expect(await region()).toBe('A');
  });

  it('keep all headers unchanged; forwarded ones are returned if they are configured', async () => {
    const forwarded = { ENVIRONMENT: Buffer.from([0, 0xff, 0x2c, 0x3b]) };
    const strange = context('a,b;%\u0000"', { MAJOR_VERSION: 65_535, forwarded });
    await tenants.saveSeen(database, [{ context: strange, seenAt: NOW }]);
    expect((await tenants.lastSeen(database, [id, randomUUID()])).get(id)).toEqual(strange);
    expect((await new Tenants([]).lastSeen(database, [id])).get(id)).toEqual({ ...strange, forwarded: {} });
  });

  it('of many tenants are saved in a few statements, and not again', async () => {
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

describe('HTTP requests', () => {
  it('save the headers of the first one until a record is consumed', async () => {
    await tenants.addIfUnknown(database, context('POST'));
    await tenants.addIfUnknown(database, context('POST2'));
    await new Tenants(FORWARDED).addIfUnknown(database, context('POST3'));
    expect(await region()).toBe('POST');
    await saveSeen(0, 'RECORD');
    expect(await region()).toBe('RECORD');
  });

  it('do not change the headers of a record', async () => {
    await saveSeen(0, 'RECORD');
    await tenants.addIfUnknown(database, context('POST'));
    await new Tenants(FORWARDED).addIfUnknown(database, context('POST'));
    expect(await region()).toBe('RECORD');
  });
});
