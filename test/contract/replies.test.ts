/** The events that other events and time cause (x-replies, x-timed), compared with their rules; and whether the extensions agree. */
import { describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { examples } from '../../generated/contract/examples.ts';
import type { ConsumedRecord, MessageChannel } from '../../generated/contract/record.ts';
import { expire } from '../../src/domain/expiration.ts';
import { getHungry } from '../../src/domain/hunger.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import type { Handler } from '../../src/handlers/task.ts';
import { pet } from '../domain/given.ts';
import { factsOf } from '../support/facts.ts';
import { document, emptyInput, expectReplies, messages, NOW, timed } from './replies.ts';

/** Decides an event of another service for every number of spawned pets; one of them may be the deleted item. */
function caused(handler: Handler, record: ConsumedRecord): Decision[] {
  return [0, 1, 2, 3].flatMap((count) =>
    [0, 1, 2].map((deletedSlot): Decision => {
      const spawnedPets = Array.from({ length: count }, (_, slot) =>
        pet(slot, { slot, templateId: slot === deletedSlot ? 5_000_017 : 1 }),
      );
      const decoded = handler.decode(record);
      if (decoded.kind !== 'task') return { kind: 'nothing' };
      const decision = decoded.decide({ ...emptyInput, ownedPets: spawnedPets });
      // Nothing to do emits no event.
      return decision.kind === 'nothing' ? { kind: 'changed', changes: [], deleted: [], events: [] } : decision;
    }),
  );
}

it.each(examples.filter(({ channel }) => channel === 'characterStatus' || channel === 'assetStatus'))(
  '$channel $type is answered by its x-replies, in their order',
  ({ channel, message, examples: [example] }) => {
    const [binding, handler] =
      channel === 'assetStatus' ? [assetStatus, assetEvents] : [characterStatus, characterEvents];
    const { encode } = binding as unknown as MessageChannel<object, object>;
    const record = encode(example?.payload as object, example?.headers as object);
    expectReplies(messages[message]?.['x-replies'] ?? [], caused(handler, record));
  },
);

/** One pet that time changes, with every number of others. */
function aged(fields: Partial<Pet>): Pet[][] {
  return [1, 2, 3].flatMap((count) =>
    Array.from({ length: count }, (_, aging) =>
      Array.from({ length: count }, (_, slot) => pet(slot, { slot, ...(slot === aging ? fields : { templateId: 1 }) })),
    ),
  );
}
const hungry = factsOf({ petTemplate: (id) => ({ hunger: id === 5_000_017 ? 3 : 0, skills: new Map() }) });
const passes: Readonly<Record<string, () => Decision[]>> = {
  Hunger: () =>
    [{}, { fullness: 8 }, { fullness: 5, templateId: 1 }]
      .flatMap(aged)
      .map((spawnedPets) => getHungry(spawnedPets, hungry)),
  Expiration: () => aged({ expiration: NOW }).map((spawnedPets) => expire(spawnedPets, NOW)),
};

it.each(timed)('$title emits its x-replies, in their order', ({ title, 'x-replies': replies }) => {
  expectReplies(replies, passes[title]?.() ?? []);
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
    const named = lists.flatMap((list = []) => list.map(({ message }) => message));
    expect(named.filter((message) => !sent.has(message))).toEqual([]);
  });

  it.each(received)('of $message agree with its description', ({ described }) => {
    const { description = '', 'x-replies': replies = [], 'x-rejections': reasons = [] } = described;
    const paragraphs = description.split('\n\n');
    const named = (begin: string, names: readonly string[]) => {
      const text = paragraphs.find((paragraph) => paragraph.startsWith(begin)) ?? '';
      return (text.match(/[A-Z]+(?:_[A-Z]+)*/g) ?? []).filter((word) => names.includes(word));
    };
    const types = [...sent].map((message) => String(messages[message]?.name));
    expect(named('Emits', types)).toEqual(replies.map(({ message }) => messages[message]?.name));
    expect(named('Rejected', document.components.schemas.RejectionReason.enum)).toEqual(reasons);
  });

  it('describe every value of an enum, if they describe one', () => {
    let count = 0;
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('x-meanings' in value) {
        count += 1;
        expect(Object.keys(value['x-meanings'] as object)).toEqual((value as { readonly enum?: unknown }).enum);
      }
      Object.values(value).forEach(look);
    };
    look(document);
    expect(count).toBe(3);
  });
});
