import { expect, it } from '@jest/globals';
import type { CharacterStatusEvent } from '../../generated/contract/messages/character-status.js';
import { changed } from '../../src/domain/pet.ts';
import type { Decision } from '../../src/domain/pet.ts';
import type { OwnerState } from '../../src/domain/rule-input.ts';
import { endSession } from '../../src/domain/session-events.ts';
import { decide, ownerTask } from '../../src/handlers/task.ts';
import type { MessageRow } from '../../src/handlers/task.ts';
import { InvariantError } from '../../src/invariant.ts';
import { pet } from '../domain/given.ts';
import { factsOf } from '../support/facts.ts';

const nothing: Decision = { kind: 'nothing' };
const context = { sentAt: 0, now: 0, facts: factsOf({}), roll: () => 0 };

it('throws if the state that a rule loads is missing', () => {
  const row: MessageRow<null, 'ownedPets'> = { load: ['ownedPets'], prefetch: () => [], decide: () => nothing };
  expect(() => decide(row, null, context)).toThrow(InvariantError);
  expect(() => decide(row, null, { ...context, spawnedPets: [pet(1)] })).toThrow('ownedPets');
  expect(decide(row, null, { ...context, ownedPets: [] })).toBe(nothing);
});

it('throws if a session changes whose last event is not loaded', () => {
  const decision: Decision = { ...changed([], []), session: endSession(1) };
  const rowOf = <Loads extends keyof OwnerState>(load: readonly Loads[]): MessageRow<null, Loads> => {
    return { load, prefetch: () => [], decide: () => decision };
  };
  const input = { ...context, ownedPets: [], lastSessionEventAt: undefined };
  expect(() => decide(rowOf(['ownedPets']), null, input)).toThrow('does not load lastSessionEventAt');
  expect(decide(rowOf(['lastSessionEventAt']), null, input)).toBe(decision);
});

// The compiler is the test: an @ts-expect-error without an error on the next line is itself an error.
it('a row with a missing part, or with a rule that reads a field which the row does not load, does not compile', () => {
  type Event = CharacterStatusEvent;
  const rows = [
    // @ts-expect-error without load
    () => ownerTask<Event, never>({ prefetch: () => [], decide: () => nothing }),
    // @ts-expect-error without prefetch
    () => ownerTask<Event, never>({ load: [], decide: () => nothing }),
    () =>
      ownerTask({
        load: [],
        prefetch: (_event: Event) => [],
        // @ts-expect-error its pets are not loaded
        decide: (_event, { ownedPets }) => (ownedPets === undefined ? nothing : { kind: 'stale' }),
      }),
    () =>
      ownerTask<Event, 'ownedPets'>({
        load: ['ownedPets'],
        prefetch: () => [],
        // @ts-expect-error its session clock is not loaded
        decide: (_event, { lastSessionEventAt }) => (lastSessionEventAt === 0 ? nothing : { kind: 'stale' }),
      }),
    () =>
      ownerTask<Event, 'ownedPets'>({
        load: ['ownedPets'],
        prefetch: () => [],
        decide: (_event, { ownedPets }) => (ownedPets.length === 0 ? nothing : { kind: 'stale' }),
      }),
  ];
  expect(rows).toHaveLength(5);
});
