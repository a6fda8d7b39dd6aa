/** `npm run offsets -- show` and `npm run parked -- show`: their output for people and for programs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { ownerKey } from '../../src/keys.ts';
import { insertOutbox, parkOutbox } from '../../src/store/tables/outbox.ts';
import { TENANT, award, command, createPets } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { runScript } from '../support/script.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

describe('npm run offsets -- show', () => {
  it('names each topic once, above its partitions; --json prints one document', async () => {
    const [petId = 0] = await createPets(rig.database, 801, 1);
    await rig.send([{ ...command(award(petId, 1)), partition: 1 }]);
    const instance = await rig.start();
    await rig.settled();
    await instance.stop();
    const topic = String(rig.environment[petCommand.env]);

    const [{ status, stdout, stderr }, asJson] = await Promise.all([
      runScript('offsets', ['show'], rig.environment),
      runScript('offsets', ['show', '--json'], rig.environment),
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toMatch(/['"│┌]/);
    expect(stdout.split('\n').filter((line) => line.split(' ')[0] === topic)).toEqual([topic]);
    const table =
      stdout
        .slice(stdout.indexOf(`${topic}\n`))
        .split('\n\n')[0]
        ?.split('\n') ?? [];
    expect(table[1]).toMatch(/^partition {2}next {2}log starts {2}log ends {2}lag {2}kafka$/);
    expect(table[3]).toMatch(/^ +1 +1 +0 +1 +0 +1$/);
    expect(stdout).toContain(`${String(rig.environment[petMovement.env])} (no rows: Kafka keeps the offsets`);

    expect({ status: asJson.status, stderr: asJson.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      group: rig.environment['KAFKA_GROUP_ID'],
      topics: expect.arrayContaining([
        {
          topic,
          group: rig.environment['KAFKA_GROUP_ID'],
          exists: true,
          partitions: expect.arrayContaining([
            { partition: 1, next: '1', logStart: '0', logEnd: '1', lag: '0', kafka: '1' },
          ]),
        },
      ]),
    });
  });
});

describe('npm run offsets', () => {
  it.each([
    ['show --topic T --partition 0 --offset 5', 'show does not take --topic'],
    ['show T', 'show does not take T'],
    ['set --topic T --partition 0', 'set needs --topic, --partition and --offset'],
    ['set --topic T --partition 0 --offset 5 --json', 'set does not take --json'],
    ['copy --from a --to b --group c', 'copy does not take --group'],
  ])('ends with a usage error: %s', async (args, what) => {
    const { status, stdout, stderr } = await runScript('offsets', args.split(' '), rig.environment);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `npm run offsets: ${what}. See: npm run offsets -- --help\n`,
    });
  });
});

describe('npm run parked', () => {
  it.each([
    ['show 5', 'show does not take 5'],
    ['show --all', 'show does not take --all'],
    ['return --all 7', 'return does not take 7'],
    ['return --all --json', 'return does not take --json'],
  ])('ends with a usage error: %s', async (args, what) => {
    const { status, stderr } = await runScript('parked', args.split(' '), rig.environment);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `npm run parked: ${what}. See: npm run parked -- --help\n`,
    });
  });
});

describe('npm run parked -- show', () => {
  it('prints a value that all rows share once; --json prints one document', async () => {
    const row = (ownerId: number) => ({
      stream: ownerKey(TENANT.TENANT_ID, ownerId),
      channel: petStatus.name,
      record: petStatus.encode(
        { petId: 1, ownerId, type: 'DELETED', body: {} },
        { ...TENANT, traceparent: newTraceparent() },
      ),
    });
    const rows = await insertOutbox(rig.database, [row(801), row(802), row(803)]);
    const [first, second, third] = rows.map(({ id }) => id) as [bigint, bigint, bigint];
    for (const id of [first, third]) await parkOutbox(rig.database, id, 'a record of 9 bytes\u001b');
    await parkOutbox(rig.database, second, 'other');

    const [{ status, stdout, stderr }, asJson] = await Promise.all([
      runScript('parked', ['show'], rig.environment),
      runScript('parked', ['show', '--json'], rig.environment),
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['reason: a record of 9 bytes\\u{1b}', 'channel: petStatus']);
    expect(lines[2]).toMatch(/^ *id {2}since +bytes {2}stream$/);
    expect(lines.slice(5, 7)).toEqual(['', 'reason: other']);
    expect(lines).toHaveLength(9);

    expect(JSON.parse(asJson.stdout)).toMatchObject(
      rows.map(({ id }) => {
        const reason = id === second ? 'other' : 'a record of 9 bytes\u001b';
        return { id: String(id), channel: 'petStatus', reason };
      }),
    );
  });
});
