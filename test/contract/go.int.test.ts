/** A program in Go talks to the running service by `petcontract` and `petfranz`. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { goMissing, runGo, warnOfSkippedTests } from '../../generator/test/go-tool.ts';
import { packGo } from '../../scripts/contract/go.ts';
import { createPets, sendable, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const OWNER = 12_340;
/** Of another owner than that of the commands: its event does not wait for theirs. */
const OTHER_OWNER = 12_341;

let folder = '';
let skipped: string | undefined;
let rig: Rig | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'petcontract-live-'));
  skipped = goMissing();
  if (skipped === undefined) {
    await packGo(folder);
    await cp(join(import.meta.dirname, 'go-live'), join(folder, 'petfranz/live'), { recursive: true });
    const { code, output } = await runGo(join(folder, 'petfranz'), 'go', ['build', '-o', 'client', './live'], {});
    if (code !== 0) {
      const download = await runGo(join(folder, 'petfranz'), 'go', ['mod', 'download'], {});
      if (download.code === 0) throw new Error(output);
      skipped = 'the dependencies of petfranz cannot be downloaded';
    }
  }
  if (skipped !== undefined) warnOfSkippedTests(skipped);
}, 300_000);

afterAll(async () => {
  await rig?.close();
  await rm(folder, { recursive: true, force: true });
});

it('sends commands, finds its answers, and passes what is new and what is invalid', async () => {
  if (skipped !== undefined) return;
  rig = await createRig();
  const [pet = 0] = await createPets(rig.database, OWNER, 1);
  await rig.start();
  // What a newer service may send, and a record that breaks the contract.
  const headers = { ...TENANT, traceparent: newTraceparent(), MESSAGE_ID: crypto.randomUUID(), SEQUENCE: '1' };
  const deleted = sendable(petStatus.encode({ petId: 7, ownerId: OTHER_OWNER, type: 'DELETED', body: {} }, headers));
  const value = (message: object) => Buffer.from(JSON.stringify(message));
  await rig.send(
    [
      { ...deleted, value: value({ petId: 7, ownerId: OTHER_OWNER, type: 'DELETED', body: { by: 3 }, color: 'red' }) },
      // A copy.
      deleted,
      { ...deleted, value: value({ petId: 7, type: 'PAINTED' }) },
      { ...deleted, value: value({ petId: 7, ownerId: 0, type: 'DELETED', body: {} }) },
    ],
    petStatus,
  );
  const environment = Object.fromEntries(
    Object.entries(rig.environment).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
  const { code, output } = await runGo(join(folder, 'petfranz'), join(folder, 'petfranz/client'), [], {
    ...environment,
    GROUP: `go-${rig.environment['KAFKA_GROUP_ID'] ?? ''}`,
    PET: String(pet),
    OWNER: String(OWNER),
    TENANT: TENANT.TENANT_ID,
  });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  const report = JSON.parse(output) as { readonly events: readonly string[] };
  expect(report).toMatchObject({
    awarded: 5,
    rejected: 'PET_NOT_FOUND',
    removed: [7],
    skipped: 1,
    invalid: ['INVALID_PAYLOAD: /ownerId must be >= 1 and <= 4294967295'],
  });
  expect(report.events.filter((type) => type !== 'DELETED')).toEqual([
    'SLOT_CHANGED',
    'SPAWNED',
    'LEVEL_CHANGED',
    'CLOSENESS_CHANGED',
  ]);
}, 180_000);
