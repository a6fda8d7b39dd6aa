import { expect, it } from '@jest/globals';
import { change, changed, isSpawned } from '../../src/domain/pet.ts';
import { applyInSlotOrder } from '../../src/domain/slot-order.ts';
import { InvariantError } from '../../src/invariant.ts';
import { pet } from './given.ts';

it('each pet sees the changes of the earlier ones; its changes are merged into one', () => {
  const seen: number[][] = [];
  const decision = applyInSlotOrder([pet(2, { slot: 1 }), pet(1, { slot: 0 })], (own, spawnedPets) => {
    seen.push([own.id, ...spawnedPets.map(({ id }) => id)]);
    return changed([change(own, { slot: -1 }), ...spawnedPets.map((other) => change(other, { level: 7 }))], []);
  });
  expect(seen).toEqual([
    [1, 1, 2],
    [2, 2],
  ]);
  expect(decision.changes).toEqual([
    { petId: 1, fields: { slot: -1, level: 7 } },
    { petId: 2, fields: { level: 7, slot: -1 } },
  ]);
});

it('a change of a pet that is not spawned is a bug', () => {
  const stranger = pet(9);
  expect(isSpawned(stranger)).toBe(false);
  const rule = () => changed([change(stranger, { level: 2 })], []);
  expect(() => applyInSlotOrder([pet(1, { slot: 0 })], rule)).toThrow(InvariantError);
});
