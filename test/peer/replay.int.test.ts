/**
 * Sends the captured input of the Go service to this service, with stand-ins for the other services that answer as at the
 * capture. The output has the same bytes, except for the listed differences.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { rejected } from '../../generated/contract/messages/pet-command-status.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { encodeKey } from '../../generated/contract/keys.js';
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
/** Long enough to log a character in before its pets get hungry. */
const SHORT_INTERVAL_MS = 3_000;

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

/** A message with its key, as a topic has it. */
interface Message {
  readonly channel: string;
  readonly keyHex: string;
  /** JSON with its fields in their order. */
  readonly text: string;
}

const messageOf = (record: Seen): Message => {
  return { channel: record.channel, keyHex: record.key?.toString('hex') ?? '', text: record.value?.toString() ?? '' };
};

/** Returns a message of the Go service, with the foothold that this service sends. */
function peerMessage(capture: string, { keyHex, value }: CapturedRecord): Message {
  const event = JSON.parse(value) as PetStatusEvent;
  const hasOtherFoothold = event.type === 'SPAWNED' && FOOTHOLDS.areDifferentIn(capture);
  const expectedEvent = hasOtherFoothold ? { ...event, body: { ...event.body, fh: FOOTHOLDS.foothold } } : event;
  return { channel: 'petStatus', keyHex: keyHex ?? '', text: JSON.stringify(expectedEvent) };
}

/** Returns the messages that this service must send for a step, or the reason of its dead letter. */
function expected(capture: string, { name, input, output }: Step): Message[] | { deadLetter: string } {
  const different = DIFFERENCES[capture]?.[name]?.sent;
  if (different === undefined) return output.map((record) => peerMessage(capture, record));
  if ('deadLetter' in different) return different;
  if ('rejected' in different) {
    const { transactionId, actorId, petId, type } = JSON.parse(input.value) as PetCommand;
    const body = { command: type, reason: different.rejected };
    const message = rejected({ transactionId: transactionId ?? '', actorId, petId, body });
    return [{ channel: 'petCommandStatus', keyHex: encodeKey(petId).toString('hex'), text: JSON.stringify(message) }];
  }
  return different.map((event) => {
    return { channel: 'petStatus', keyHex: encodeKey(event.ownerId).toString('hex'), text: JSON.stringify(event) };
  });
}

/** Restarts the service with a short hunger interval and without sessions. */
async function shortenHunger(): Promise<void> {
  await instance.stop();
  await rig.database.characterSession.deleteMany();
  instance = await rig.start({ ...services, HUNGER_INTERVAL_MS: String(SHORT_INTERVAL_MS) });
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
  it('gets the answer of the Go service, or the listed one', async () => {
    if (capture === HUNGER && step === steps.find((one) => one.capture === HUNGER)?.step) await shortenHunger();
    const before = await setPets(step);
    const countBefore = (await rig.settled()).length;
    const expectedAnswer = expected(capture, step);
    const { key, value, headers } = recordOf(step.input);
    const channel = channels.find(({ env }) => env === step.input.topic);
    const send = () => rig.send([{ key, value, headers, partition: 0 }], channel);
    if (channel === petMovement) await untilMoved(instance, 1, send);
    else if (channel !== undefined) await send();
    // A step without input is a timer of the service.
    else await rig.seen((all) => 'length' in expectedAnswer && all.length >= countBefore + expectedAnswer.length);
    const seen = (await rig.settled()).slice(countBefore);

    if ('deadLetter' in expectedAnswer) {
      expect(seen.map((record) => header(record, 'DEAD_LETTER_REASON'))).toEqual([expectedAnswer.deadLetter]);
      expect(seen[0]).toMatchObject({ channel: 'deadLetter', key, value, headers });
      expect(await petsNow()).toEqual(before);
      return;
    }
    expect(seen.map(messageOf)).toEqual(expectedAnswer);
    for (const record of seen) {
      expect(record.headers).toMatchObject(recordOf(step.output[0] ?? step.input).headers);
      // The Go service had no tracer. This service continues the trace, and gives each message an id that its copies share.
      const trace = headers['traceparent']?.toString() ?? expect.stringMatching(/^00-/);
      expect(header(record, 'traceparent')).toEqual(trace);
      expect(header(record, 'MESSAGE_ID')).toBeDefined();
    }
    const events = expectedAnswer.flatMap(({ channel, text }) => {
      return channel === 'petStatus' ? [JSON.parse(text) as PetStatusEvent] : [];
    });
    const after = replay(new Map(before.map((pet) => [pet.id, pet])), events);
    expect(await petsNow()).toEqual([...after.values()]);
    if (DIFFERENCES[capture]?.[step.name] === undefined) {
      expect(await petsNow()).toEqual(step.petsAfter.map(petOf).sort((a, b) => a.id - b.id));
    }
  });
});

describe('requests to the other services', () => {
  it('reached each service, and broke no rule of its API', () => {
    expect(stub.violations).toEqual([]);
    for (const [service, requests] of Object.entries(stub.requests))
      expect([service, requests > 0]).toEqual([service, true]);
  });
});

describe('the list of differences', () => {
  it('names only steps that exist and whose answers differ', () => {
    for (const [capture, differences] of Object.entries(DIFFERENCES)) {
      for (const name of Object.keys(differences)) {
        const step = steps.find((one) => one.capture === capture && one.step.name === name)?.step;
        expect([capture, name, step?.name]).toEqual([capture, name, name]);
        if (step === undefined) continue;
        expect(expected(capture, step)).not.toEqual(step.output.map((record) => peerMessage(capture, record)));
      }
    }
  });
});
