/** Compares the events that x-replies and x-timed list with the rules, and tests that the extensions are consistent. */
import { describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { examples } from '../../generated/contract/examples.js';
import type { ConsumedRecord, ContractChannel } from '../../generated/contract/record.js';
import { nameOf } from '../../scripts/docs/described.ts';
import { causeOf, deadLetterOf } from '../../src/consumer/dead-letter.ts';
import { expire } from '../../src/domain/expiration.ts';
import { getHungry } from '../../src/domain/hunger.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import { NIL_INSTANCE } from '../../src/domain/session.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import { NIL_TRANSACTION_ID } from '../../src/handlers/pet-command.ts';
import type { Handler } from '../../src/handlers/task.ts';
import { pet } from '../domain/given.ts';
import { factsOf } from '../support/facts.ts';
import { document, emptyInput, expectReplies, messages, NOW, timed } from './replies.ts';

/** Returns the decisions on an event for every number of spawned pets, of which one may be the deleted item. */
function decisionsOn(handler: Handler, record: ConsumedRecord): Decision[] {
  return [0, 1, 2, 3].flatMap((count) =>
    [0, 1, 2].map((deletedSlot): Decision => {
      const spawnedPets = Array.from({ length: count }, (_, slot) =>
        pet(slot, { slot, templateId: slot === deletedSlot ? 5_000_017 : 1 }),
      );
      const decoded = handler.decode(record);
      if (decoded.kind !== 'task') return { kind: 'nothing' };
      const decision = decoded.decide({ ...emptyInput, ownedPets: spawnedPets });
      // A rule without changes emits no event.
      return decision.kind === 'nothing' ? { kind: 'changed', changes: [], deleted: [], events: [] } : decision;
    }),
  );
}

it.each(examples.filter(({ channel }) => channel === 'characterStatus' || channel === 'assetStatus'))(
  '$channel $type emits its x-replies, in their order',
  ({ channel, message, examples: [example] }) => {
    const [binding, handler] =
      channel === 'assetStatus' ? [assetStatus, assetEvents] : [characterStatus, characterEvents];
    const { encode } = binding as unknown as ContractChannel<object, object>;
    const record = encode(example?.payload as object, example?.headers as object);
    expectReplies(messages[message]?.['x-replies'] ?? [], decisionsOn(handler, record));
  },
);

/** Returns lists of one pet with these fields and every number of others. */
function petsWithOne(fields: Partial<Pet>): Pet[][] {
  return [1, 2, 3].flatMap((count) =>
    Array.from({ length: count }, (_, aging) =>
      Array.from({ length: count }, (_, slot) => pet(slot, { slot, ...(slot === aging ? fields : { templateId: 1 }) })),
    ),
  );
}
const hungry = factsOf({ petTemplate: (id) => ({ hunger: id === 5_000_017 ? 3 : 0, skills: new Map() }) });
const sweeps: Readonly<Record<string, () => Decision[]>> = {
  Hunger: () =>
    [{}, { fullness: 8 }, { fullness: 5, templateId: 1 }]
      .flatMap(petsWithOne)
      .map((spawnedPets) => getHungry(spawnedPets, hungry)),
  Expiration: () => petsWithOne({ expiration: NOW }).map((spawnedPets) => expire(spawnedPets, NOW)),
};

it.each(timed)('$title emits its x-replies, in their order', ({ title, 'x-replies': replies }) => {
  expectReplies(replies, sweeps[title]?.() ?? []);
});

it('the defaults of fields are those of the service', () => {
  const defaults = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    'default' in schema ? [[name, schema.default]] : [],
  );
  expect(Object.fromEntries(defaults)).toEqual({
    Instance: NIL_INSTANCE,
    ReceivedTransactionId: NIL_TRANSACTION_ID,
  });
});

describe('the extensions', () => {
  const sent: ReadonlySet<string> = new Set(
    examples.filter(({ channel }) => channel === petStatus.name).map(({ message }) => message),
  );
  const received = examples
    .filter(({ channel }) => ['petCommand', 'petMovement', 'characterStatus', 'assetStatus'].includes(channel))
    .map(({ message }) => ({ message, described: messages[message] ?? {} }));

  it('name events of the status channel', () => {
    const lists = [...received.map(({ described }) => described), ...timed].map((one) => one['x-replies']);
    expect(lists).not.toContain(undefined);
    const named = lists.flatMap((list = []) => list.map(({ message }) => message.$ref));
    const paths = new Set([...sent].map((message) => `#/channels/${petStatus.name}/messages/${message}`));
    expect(named.filter((path) => !paths.has(path))).toEqual([]);
  });

  it('of rejections have a reply to the operation: it carries their reasons, and the transaction of the command', () => {
    const { receivePetCommand } = document.operations;
    expect(receivePetCommand.reply).toEqual({
      channel: { $ref: `#/channels/${petCommandStatus.name}` },
      messages: [{ $ref: `#/channels/${petCommandStatus.name}/messages/Rejected` }],
    });
    const rejectable = received.filter(({ described }) => described['x-rejections'] !== undefined);
    expect(rejectable.map(({ message }) => message)).toEqual(
      receivePetCommand.messages.map((reference) => nameOf(reference)),
    );
    const ids = [...rejectable.map(({ described }) => described), messages['Rejected']].map(
      (one) => one?.correlationId,
    );
    expect(new Set(ids.map((id) => id?.$ref))).toEqual(new Set(['#/components/correlationIds/transactionId']));
  });

  it('name the channel of dead letters in every operation whose invalid records become dead letters', () => {
    const value = Buffer.from('no JSON');
    const becomesDeadLetter = (name: string) => {
      const channel = channels.find((one) => one.name === name);
      if (channel === undefined || !('decode' in channel)) return false;
      const decoded = channel.decode({ key: null, value });
      if (decoded.kind !== 'invalid') return false;
      const record = { key: null, value, offset: 0n, timestamp: NOW };
      return deadLetterOf('group', { topic: name, partition: 0 }, record, causeOf(decoded)).channel === deadLetter.name;
    };
    for (const [name, operation] of Object.entries(document.operations)) {
      const expected = operation.action === 'receive' && becomesDeadLetter(nameOf(operation.channel));
      const { channel, messages: letters } = operation['x-dead-letter'] ?? {};
      const path = `#/channels/${deadLetter.name}`;
      expect([name, channel?.$ref]).toEqual([name, expected ? path : undefined]);
      if (expected) expect(letters).toEqual([{ $ref: `${path}/messages/DeadLetter` }]);
    }
  });

  it.each(received)('of $message agree with its description', ({ described }) => {
    const { description = '', 'x-replies': replies = [], 'x-rejections': reasons = [] } = described;
    const paragraphs = description.split('\n\n');
    const named = (begin: string, names: readonly string[]) => {
      const text = paragraphs.find((paragraph) => paragraph.startsWith(begin)) ?? '';
      return (text.match(/[A-Z]+(?:_[A-Z]+)*/g) ?? []).filter((word) => names.includes(word));
    };
    const reasonsOfAll = document.components.schemas.RejectionReason.oneOf.map(({ const: reason }) => reason);
    const types = [...sent].map((message) => String(messages[message]?.name));
    expect(named('Emits', types)).toEqual(replies.map(({ message }) => messages[nameOf(message)]?.name));
    expect(named('Rejected', reasonsOfAll)).toEqual(reasons);
  });

  it('describe every value of an enum, if they describe one', () => {
    let count = 0;
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('oneOf' in value) {
        count += 1;
        const described = { const: expect.any(String), description: expect.any(String) };
        expect(value.oneOf).toEqual((value.oneOf as readonly object[]).map(() => described));
      }
      Object.values(value).forEach(visit);
    };
    visit(document);
    expect(count).toBe(3);
  });
});
