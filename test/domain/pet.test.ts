import { expect, it } from '@jest/globals';
import { applyChange, change, changed } from '../../src/domain/pet.ts';
import type { Changed, Pet, PetChange } from '../../src/domain/pet.ts';
import { InvariantError } from '../../src/invariant.ts';
import { pet } from './given.ts';

it('a change sets its fields and leaves the others', () => {
  const before = pet(1, { level: 3, excludes: [7] });
  const renewed = change(before, { fullness: 40, slot: 0 });
  expect(renewed).toEqual({ petId: 1, fields: { fullness: 40, slot: 0 } });
  expect(applyChange(before, renewed)).toEqual({ ...before, fullness: 40, slot: 0 });
});

it('a change of one pet is never applied to another', () => {
  expect(() => applyChange(pet(2), change(pet(1), { slot: 0 }))).toThrow(InvariantError);
});

// The compiler is the test: an @ts-expect-error without an error on the next line is itself an error.
it('a change of a field that storage does not write does not compile', () => {
  const attempts = (dog: Pet, templateId: number): readonly (PetChange | Changed)[] => [
    // @ts-expect-error storage writes no template id
    change(dog, { templateId }),
    // @ts-expect-error a spread pet has fields that storage does not write
    change(dog, { ...dog, templateId }),
    // @ts-expect-error a spread pet has fields that storage does not write
    change(dog, { ...dog }),
    // @ts-expect-error there is no such field
    change(dog, { colour: 1 }),
    // @ts-expect-error storage writes no template id
    { petId: dog.id, fields: { level: 2, templateId } },
    // @ts-expect-error a rule returns changes, not pets
    { ...dog, templateId },
    // @ts-expect-error a rule returns changes, not pets
    changed([{ ...dog, templateId }], []),
    // @ts-expect-error null is no level
    change(dog, { level: null }),
    change(dog, { level: 2, closeness: 3, fullness: 100, slot: 0, excludes: [1] }),
  ];
  expect(attempts(pet(1), 9)).toHaveLength(9);
});
