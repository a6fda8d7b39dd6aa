/**
 * One record with very many changes: a character with tens of thousands of pets is deleted. Promises 1, 3 and 7.
 * `LARGE_OWNER_PETS=300000 npm test -- test/consumer/large-owner` runs it with more pets.
 */
import { afterEach, expect, it } from '@jest/globals';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { award, character, command, createPets, json, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const OWNER = 77;
/** More than one page of pets, one deleting statement, or the records that a unit of work passes to the publisher. */
const PETS = Number(process.env['LARGE_OWNER_PETS'] ?? 25_000);
/** A busy machine reads and publishes some thousand records a second. */
const TIMEOUT_MS = 60_000 + PETS;

let rig: Rig;
afterEach(() => rig.close());

it(
  'deletes all pets of an owner in one transaction, with one event each, in order; other lanes continue',
  async () => {
    rig = await createRig();
    const [other = 0] = await createPets(rig.database, 78, 1);
    const [first = 0, second = 0] = await createPets(rig.database, OWNER, 2);
    await rig.database.pet.update({ where: { id: first }, data: { slot: 1 } });
    await rig.database.pet.update({ where: { id: second }, data: { slot: 0 } });
    for (let from = 3; from <= PETS; from += 10_000) {
      await rig.database.$executeRawUnsafe(
        `INSERT INTO pet (tenant_id, owner_id, template_id, name)
         SELECT '${TENANT.TENANT_ID}', ${String(OWNER)}, 5000017, 'Pet'
           FROM generate_series(${String(from)}, ${String(Math.min(PETS, from + 9_999))})`,
      );
    }
    const ids = (await rig.database.pet.findMany({ where: { ownerId: OWNER }, select: { id: true } })).map(({ id }) =>
      Number(id),
    );
    expect(ids).toHaveLength(PETS);
    // The maximum of the outbox must not limit this test.
    const instance = await rig.start({ OUTBOX_MAX_ROWS: String(PETS * 2) });
    await rig.send([0, 1, 2, 3].map((partition) => ({ ...command(award(other, 1)), partition })));
    await rig.send([{ ...character(OWNER, { type: 'DELETED' }), partition: 0 }], characterStatus);
    await rig.send([0, 1, 2, 3].map((partition) => ({ ...command(award(other, 1)), partition })));
    const began = Date.now();
    const isDone = async () => (await rig.database.pet.count({ where: { ownerId: OWNER } })) === 0;
    await until(() => `the pets are not deleted\n${instance.output().slice(-2_000)}`, isDone, TIMEOUT_MS);
    process.stderr.write(`${String(PETS)} pets were deleted after ${String(Date.now() - began)} ms\n`);
    const isPublished = async () => (await rig.database.outbox.count()) === 0;
    await until(() => `the outbox is not empty\n${instance.output().slice(-2_000)}`, isPublished, TIMEOUT_MS);
    process.stderr.write(`and all is published after ${String(Date.now() - began)} ms\n`);

    const seen = await rig.settled();
    const events = seen.map((record) => json(record) as { type: string; petId: number; ownerId: number });
    const deleted = events.filter(({ ownerId }) => ownerId === OWNER);
    expect(new Set(deleted.map(({ type }) => type))).toEqual(new Set(['DELETED']));
    const others = ids.filter((id) => id !== first && id !== second).sort((a, b) => a - b);
    expect(deleted.map(({ petId }) => petId)).toEqual([second, first, ...others]);
    expect(await rig.database.pet.findUniqueOrThrow({ where: { id: other } })).toMatchObject({ closeness: 8 });
  },
  TIMEOUT_MS * 3,
);
