/** A program in Go, in a module of its own, talks to the running service by `petcontract` and `petfranz`. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { goMissing, runGo, warnOfSkippedTests } from '../../generator/test/go-tool.ts';
import { goldenRecords } from '../../scripts/contract/examples.ts';
import { packGo } from '../../scripts/contract/go.ts';
import { createPets, sendable, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { codeBlocks } from './published.ts';

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
    await packGo(join(folder, 'petcontract'), goldenRecords());
    await cp(join(import.meta.dirname, 'go-live'), folder, { recursive: true });
    const failure = await buildStranger();
    if (failure !== undefined) {
      const download = await runGo(join(folder, 'petcontract/petfranz'), 'go', ['mod', 'download'], {});
      if (download.code === 0) throw new Error(failure);
      skipped = 'the dependencies of petfranz cannot be downloaded';
    }
  }
  if (skipped !== undefined) warnOfSkippedTests(skipped);
}, 300_000);

/** Builds the program as docs/contract.md describes it. @returns the output of the command that failed; undefined if none did. */
async function buildStranger(): Promise<string | undefined> {
  const blocks = await codeBlocks('docs/contract.md', 'sh');
  const documented = blocks.filter((block) => block.startsWith('go ')).flatMap((block) => block.trim().split('\n'));
  expect(documented).toHaveLength(3);
  for (const line of ['go mod init stranger', ...documented, 'go build -o client .']) {
    const [program = '', ...args] = line.split(' ');
    const { code, output } = await runGo(folder, program, args, {});
    if (code !== 0) return `${line}:\n${output}`;
  }
  return undefined;
}

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
  const group = `go-${rig.environment['KAFKA_GROUP_ID'] ?? ''}`;
  const run = async (more: Readonly<Record<string, string>>) => {
    const { code, output } = await runGo(folder, join(folder, 'client'), [], { ...environment, GROUP: group, ...more });
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    return JSON.parse(output) as { readonly events: readonly string[]; readonly commits: number };
  };
  const report = await run({ PET: String(pet), OWNER: String(OWNER), TENANT: TENANT.TENANT_ID });
  expect(report).toMatchObject({
    // Its event came again: the handler has failed once.
    failures: 1,
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
  expect(report.commits).toBeGreaterThan(0);
  // What the first run has read is committed: the second one reads only what follows.
  await rig.send(
    [
      sendable(
        petStatus.encode({ petId: 8, ownerId: OTHER_OWNER, type: 'DELETED', body: {} }, { ...headers, SEQUENCE: '2' }),
      ),
    ],
    petStatus,
  );
  expect(await run({ LAST_PET: '8' })).toMatchObject({
    events: ['DELETED'],
    removed: [8],
    awarded: 0,
    rejected: '',
    skipped: 0,
    invalid: null,
  });
}, 180_000);
