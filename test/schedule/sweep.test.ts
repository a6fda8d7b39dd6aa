/** A sweep whose decision cannot be applied sends none of its events. */
import { expect, it } from '@jest/globals';
import { deleted } from '../../generated/contract/messages/pet-status.js';
import { change, changed } from '../../src/domain/pet.ts';
import { createLog } from '../../src/log.ts';
import { SweepFacts } from '../../src/schedule/sweep-facts.ts';
import { applySweep } from '../../src/schedule/sweep.ts';
import { expirationSweep } from '../../src/schedule/sweeps.ts';
import type { Database } from '../../src/store/database.ts';
import { OWNER, pet } from '../domain/given.ts';
import { TENANT } from '../support/commands.ts';
import { referencesOf } from '../support/facts.ts';

const owner = { tenantId: TENANT.TENANT_ID, ownerId: OWNER, templates: [], at: 0, id: 1 };

/** Returns a database without rows that notes its statements. */
function emptyDatabase() {
  const statements: string[] = [];
  const run = (text: string) => {
    statements.push(text);
    return Promise.resolve([]);
  };
  const connection = { $queryRawUnsafe: run, $executeRawUnsafe: run };
  const $transaction = (work: (transaction: typeof connection) => Promise<unknown>) => work(connection);
  return { database: { ...connection, $transaction } as unknown as Database, statements };
}

it('an owner whose pets cannot be changed stays due, and causes no event', async () => {
  const { database, statements } = emptyDatabase();
  const facts = new SweepFacts(referencesOf({}), () =>
    Promise.resolve(new Map([[TENANT.TENANT_ID, { ...TENANT, forwarded: {} }]])),
  );
  await facts.fetchFor([owner], () => []);
  const sweep = {
    ...expirationSweep,
    decide: () => changed([change(pet(1), { level: 2 })], [deleted({ petId: 1, ownerId: OWNER })]),
  };
  const context = { database, clock: () => 0, log: createLog('silent') };
  const swept = await applySweep(context, sweep, [owner], { facts, wait: true });
  expect(swept).toMatchObject({ done: [], committed: [], failed: [{ owner }] });
  expect(statements.filter((text) => text.includes('outbox'))).toEqual([]);
});
