/**
 * The Go service's captured records, sent to this service, with the same stand-ins for the other services as there: the
 * same bytes come back, but for the listed differences.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.ts';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { rejected } from '../../generated/contract/messages/pet-command-status.ts';
import type { PetCommand } from '../../generated/contract/messages/pet-command.ts';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.ts';
import { encodeKey } from '../../generated/contract/keys.ts';
import { startStub } from '../../scripts/services/stub.ts';
import type { Stub } from '../../scripts/services/stub.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { header, petOfRow, TENANT } from '../support/commands.ts';
import { replay } from '../support/replay.ts';
import type { Instance } from '../support/instance.ts';
import { untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { captures, petOf, recordOf, rowOf } from './capture.ts';
import type { CapturedRecord, Step } from './capture.ts';
import { DIFFERENCES, FOOTHOLDS } from './differences.ts';

const all = await captures();
const steps = all.flatMap(([name, list]) => list.map((step) => ({ capture: name, step })));
const HUNGER = '19-hunger';
/** Milliseconds: time enough to log in and look. */
const SHORT_INTERVAL = 3_000;

let rig: Rig;
let instance: Instance;
let stub: Stub;
let services: NodeJS.ProcessEnv;
beforeAll(async () => {
  stub = await startStub();
  const names = ['CHARACTERS', 'DATA', 'INVENTORY', 'SKILLS'];
  services = Object.fromEntries(names.map((name) => [`${name}_BASE_URL`, stub.baseUrl]));
  // The names of the steps say what the inventory has: the pets of the capture, from slot 15 on.
  const items = [155, 156, 157].map((petId, at) => ({ id: petId, petId, slot: 15 + at, templateId: 5_000_017 }));
  stub.setInventory(13_020, items);
  rig = await createRig();
  instance = await rig.start(services);
});
afterAll(async () => {
  await rig.close();
  await stub.close();
});

/** A message with its key, as it stands on a topic. */
interface Told {
  readonly channel: string;
  readonly keyHex: string;
  /** With its fields in their order. */
  readonly text: string;
}

const toldOf = (record: Seen): Told => {
  return { channel: record.channel, keyHex: record.key?.toString('hex') ?? '', text: record.value?.toString() ?? '' };
};

function toldThere(capture: string, { keyHex, value }: CapturedRecord): Told {
  const event = JSON.parse(value) as PetStatusEvent;
  const isOtherwise = event.type === 'SPAWNED' && FOOTHOLDS.of(capture);
  const told = isOtherwise ? { ...event, body: { ...event.body, fh: FOOTHOLDS.here } } : event;
  return { channel: 'petStatus', keyHex: keyHex ?? '', text: JSON.stringify(told) };
}

/** What this service has to say to a step, and which dead letter it makes of it. */
function expected(capture: string, { name, input, output }: Step): Told[] | { deadLetter: string } {
  const told = DIFFERENCES[capture]?.[name]?.told;
  if (told === undefined) return output.map((record) => toldThere(capture, record));
  if ('deadLetter' in told) return told;
  if ('rejected' in told) {
    const { transactionId, actorId, petId, type } = JSON.parse(input.value) as PetCommand;
    const body = { command: type, reason: told.rejected };
    const message = rejected({ transactionId: transactionId ?? '', actorId, petId, body });
    return [{ channel: 'petCommandStatus', keyHex: encodeKey(petId).toString('hex'), text: JSON.stringify(message) }];
  }
  return told.map((event) => {
    return { channel: 'petStatus', keyHex: encodeKey(event.ownerId).toString('hex'), text: JSON.stringify(event) };
  });
}

/** From now on pets get hungry soon; who has been logged in before is not any more. */
async function hurry(): Promise<void> {
  await instance.stop();
  await rig.database.characterSession.deleteMany();
  instance = await rig.start({ ...services, HUNGER_INTERVAL_MS: String(SHORT_INTERVAL) });
}

async function petsNow(): Promise<Pet[]> {
  return (await rig.database.pet.findMany({ orderBy: { id: 'asc' } })).map(petOfRow);
}

async function setPets(step: Step): Promise<Pet[]> {
  await rig.database.pet.deleteMany();
  const pets = step.petsBefore.map(petOf).sort((a, b) => a.id - b.id);
  const tenantId = TENANT.TENANT_ID;
  const owners = [...new Set(pets.map(({ ownerId }) => BigInt(ownerId)))];
  await rig.database.owner.createMany({ data: owners.map((ownerId) => ({ tenantId, ownerId })), skipDuplicates: true });
  // The captures do not have the expiration, only the name of the step does.
  const expiration = step.name.includes('expired') ? new Date(0) : null;
  await rig.database.pet.createMany({ data: pets.map((pet) => rowOf(pet, tenantId, expiration)) });
  return pets;
}

describe.each(steps)('$capture: $step.name', ({ capture, step }) => {
  it('is answered as there', async () => {
    if (capture === HUNGER && step === steps.find((one) => one.capture === HUNGER)?.step) await hurry();
    const before = await setPets(step);
    const already = (await rig.settled()).length;
    const wanted = expected(capture, step);
    const { key, value, headers } = recordOf(step.input);
    const channel = channels.find(({ env }) => env === step.input.topic);
    const send = () => rig.send([{ key, value, headers, partition: 0 }], channel);
    if (channel === petMovement) await untilMoved(instance, 1, send);
    else if (channel !== undefined) await send();
    // What nobody has sent comes by itself.
    else await rig.seen((all) => 'length' in wanted && all.length >= already + wanted.length);
    const seen = (await rig.settled()).slice(already);

    if ('deadLetter' in wanted) {
      expect(seen.map((record) => header(record, 'DEAD_LETTER_REASON'))).toEqual([wanted.deadLetter]);
      expect(seen[0]).toMatchObject({ channel: 'deadLetter', key, value, headers });
      expect(await petsNow()).toEqual(before);
      return;
    }
    expect(seen.map(toldOf)).toEqual(wanted);
    for (const record of seen) {
      expect(record.headers).toMatchObject(recordOf(step.output[0] ?? step.input).headers);
      // There no tracer was configured; the trace goes on here, and each message can be told from its copies.
      const trace = headers['traceparent']?.toString() ?? expect.stringMatching(/^00-/);
      expect(header(record, 'traceparent')).toEqual(trace);
      expect(header(record, 'MESSAGE_ID')).toBeDefined();
    }
    const events = wanted.flatMap(({ channel, text }) => {
      return channel === 'petStatus' ? [JSON.parse(text) as PetStatusEvent] : [];
    });
    const after = replay(new Map(before.map((pet) => [pet.id, pet])), events);
    expect(await petsNow()).toEqual([...after.values()]);
    if (DIFFERENCES[capture]?.[step.name] === undefined) {
      expect(await petsNow()).toEqual(step.petsAfter.map(petOf).sort((a, b) => a.id - b.id));
    }
  });
});

describe('the services that were asked', () => {
  it('were asked for everything, as they want it', () => {
    expect(stub.violations).toEqual([]);
    for (const [service, requests] of Object.entries(stub.requests))
      expect([service, requests > 0]).toEqual([service, true]);
  });
});

describe('the list of differences', () => {
  it('names steps that there are, and no step that is the same', () => {
    for (const [capture, differences] of Object.entries(DIFFERENCES)) {
      for (const name of Object.keys(differences)) {
        const step = steps.find((one) => one.capture === capture && one.step.name === name)?.step;
        expect([capture, name, step?.name]).toEqual([capture, name, name]);
        if (step === undefined) continue;
        expect(expected(capture, step)).not.toEqual(step.output.map((record) => toldThere(capture, record)));
      }
    }
  });
});
