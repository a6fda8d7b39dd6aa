/**
 * Sends the examples of all teams to a running service, with the bytes that the teams send, and compares what it sends back with what
 * the teams read.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { ITEMS } from '../../generator/src/consumers/fields.ts';
import type { FieldPath } from '../../generator/src/consumers/fields.ts';
import type { ContractMessage } from '../../generator/src/shape.ts';
import { ask, MINIMAL, petDocument } from '../support/api.ts';
import { header } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { movementsThat, untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { bindingOf, consumers, declaredReads, declaredRecords, messageOf, recordOf } from './declared.ts';
import type { DeclaredRecord } from './declared.ts';
import { create, PROOFS, subjectOf } from './states.ts';

const COUNT_TIMEOUT_MS = 10_000;
const NIL = '00000000-0000-0000-0000-000000000000';

let rig: Rig;
let instance: Instance;
beforeAll(async () => {
  rig = await createRig();
  instance = await rig.start();
});
afterAll(() => rig.close());

/** Returns how many records of a topic the service has skipped. */
async function skippedOf(env: string): Promise<number> {
  const metrics = await (await fetch(`${instance.url}/metrics`)).text();
  const lines = [...metrics.matchAll(/^pets_records_total\{([^}]*)\} (\d+)/gm)];
  return lines
    .filter(([, labels = '']) => labels.includes(`"${String(rig.environment[env])}"`) && labels.includes('"skipped"'))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** Waits until so many records of a topic were skipped: they are counted after their commit. */
function untilSkipped(env: string, count: number): Promise<void> {
  const otherwise = `${env} has not ${String(count)} skipped records`;
  return until(otherwise, async () => (await skippedOf(env)) === count, COUNT_TIMEOUT_MS);
}

/** Sends the record of a team. @returns what the service sent then, dead letters included. */
async function answersTo(declared: DeclaredRecord): Promise<readonly Seen[]> {
  const channel = bindingOf(declared.channel.name);
  const before = (await rig.settled()).length;
  const send = () => rig.send([recordOf(declared)], channel as never);
  if (channel.name === petMovement.name) await untilMoved(instance, 1, send);
  else await send();
  // Offsets have moved past the record.
  return (await rig.settled()).slice(before);
}

/** Returns the value of the correlation id of a message, if it has one; the nil UUID if it is left out. */
function correlationOf({ correlationId }: ContractMessage, payload: unknown): unknown {
  const [, pointer] = /^\$message\.payload#\/(.+)$/.exec(correlationId ?? '') ?? [];
  if (pointer === undefined) return undefined;
  return pointer.split('/').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], payload) ?? NIL; // prettier-ignore
}

const handled = declaredRecords.filter(({ message }) => message !== undefined);
const skipped = declaredRecords.filter(({ message }) => message === undefined);

describe.each(handled)('$team: $example.summary', (declared) => {
  it('is handled, and causes what the team expects', async () => {
    const { channel, message, example, payload } = declared;
    if (message === undefined || example.causes === undefined) throw new Error('the example has no causes');
    const subject = subjectOf(payload);
    await create(example.given, rig.database, subject);
    const skippedBefore = await skippedOf(channel.env ?? '');
    const movedBefore = await movementsThat(instance, 'written');
    const seen = await answersTo(declared);
    expect(seen.filter((record) => record.channel === 'deadLetter').map((record) => header(record, 'DEAD_LETTER_MESSAGE'))).toEqual([]); // prettier-ignore
    const answers = seen.map((record) => ({ record, ...messageOf(record.channel, record) }));
    expect(answers.map((answer) => answer.message?.component)).toEqual(example.causes);
    for (const { record, message: caused, payload: sent } of answers) {
      // All that the team sent is in what it reads, an environment as well.
      for (const [name, value] of Object.entries(recordOf(declared).headers))
        expect([name, Buffer.from(record.headers[name] as Buffer)]).toEqual([name, value]);
      if (caused?.correlationId !== undefined)
        expect(correlationOf(caused, sent)).toBe(correlationOf(message, payload));
    }
    if (answers.length > 0) {
      const petIds = answers.map((answer) => answer.payload['petId']);
      expect(petIds).toContain(subject.petId);
      return;
    }
    const prove = PROOFS[message.component];
    if (prove === undefined)
      throw new Error(`nothing proves that ${message.component} was handled: test/contract/states.ts`);
    await prove({ database: rig.database, instance }, payload);
    // An item that is no pet counts as skipped, too.
    if (message.component === 'AssetDeleted') await untilSkipped(channel.env ?? '', skippedBefore + 1);
    expect((await movementsThat(instance, 'written')) - movedBefore).toBe(message.component === 'Movement' ? 1 : 0);
  });
});

describe.each(skipped)('$team: $example.summary', (declared) => {
  it('is skipped, and counted', async () => {
    const { env = '' } = declared.channel;
    const before = await skippedOf(env);
    expect(await answersTo(declared)).toEqual([]);
    await untilSkipped(env, before + 1);
  });
});

const requests = consumers.flatMap(({ team, http }) => http.map((request) => ({ team, ...request })));

describe.each(requests)('$team: $method $path', ({ method, path }) => {
  it('is answered', async () => {
    const subject = { petId: 101, ownerId: MINIMAL.ownerId };
    await create('the pet is spawned', rig.database, subject);
    const ids = { petId: subject.petId, characterId: subject.ownerId };
    const url = instance.url + path.replaceAll(/\{(\w+)\}/g, (_match, name: keyof typeof ids) => String(ids[name]));
    const answer = await ask(url, { method, ...(method === 'POST' && { body: petDocument(MINIMAL) }) });
    expect([answer.status, answer.text]).toEqual([method === 'POST' ? 201 : 200, expect.stringContaining('"pets"')]);
  });
});

/** Returns the values at a path: one for each item of the lists on the way. Undefined stands for what is missing. */
function valuesAt(value: unknown, [step, ...rest]: FieldPath): unknown[] {
  if (step === undefined) return [value];
  if (step === ITEMS) return (value as readonly unknown[]).flatMap((item) => valuesAt(item, rest));
  return valuesAt((value as Readonly<Record<string, unknown>> | null | undefined)?.[step], rest);
}

describe.each(declaredReads)(
  '$team: every $message.component that the service sent',
  ({ channel, message, fields, headers }) => {
    it('has the fields and headers that the team reads', async () => {
      const records = (await rig.settled()).filter((record) => record.channel === channel.name);
      const sent = records
        .map((record) => ({ record, ...messageOf(channel.name, record) }))
        .filter((one) => one.message?.component === message.component);
      expect(sent.length).toBeGreaterThan(0);
      for (const { record, payload } of sent) {
        const missing = fields
          .filter(({ isOptional, path }) => !isOptional && valuesAt(payload, path).some((value) => value == null))
          .map(({ text }) => text);
        const missingHeaders = headers
          .filter(({ isOptional, path }) => !isOptional && header(record, String(path[0])) === undefined)
          .map(({ text }) => text);
        expect({ missing, missingHeaders }).toEqual({ missing: [], missingHeaders: [] });
      }
    });
  },
);
