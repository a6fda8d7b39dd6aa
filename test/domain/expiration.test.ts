import { expect, it } from '@jest/globals';
import { despawned, slotChanged } from '../../generated/contract/messages/pet-status.js';
import { expire } from '../../src/domain/expiration.ts';
import { OWNER, pet } from './given.ts';

const NOW = Date.UTC(2026, 0, 1);
const slotChangedEvent = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });
const despawnEvents = (id: number, oldSlot: number) => [
  slotChangedEvent(id, oldSlot, -1),
  despawned({
    petId: id,
    ownerId: OWNER,
    body: { templateId: 5_000_017, name: `Pet${String(id)}`, slot: -1, level: 1, closeness: 0, fullness: 100, oldSlot, reason: 'EXPIRED' }, // prettier-ignore
  }),
];

it.each([
  [NOW - 1, true],
  [NOW, true],
  [NOW + 1, false],
  [null, false],
])('a pet that expires at %p despawns: %p', (expiration, despawns) => {
  expect(expire([pet(1, { slot: 0, expiration })], NOW).events).toEqual(despawns ? despawnEvents(1, 0) : []);
});

it('several despawn in slot order; the pets in higher slots move down each time', () => {
  const expiration = NOW;
  const spawnedPets = [pet(3, { slot: 2 }), pet(1, { slot: 0, expiration }), pet(2, { slot: 1, expiration })];
  const decision = expire(spawnedPets, NOW);
  expect(decision.events).toEqual([
    slotChangedEvent(2, 1, 0),
    slotChangedEvent(3, 2, 1),
    ...despawnEvents(1, 0),
    slotChangedEvent(3, 1, 0),
    ...despawnEvents(2, 0),
  ]);
  expect(decision.changes.map(({ petId, fields }) => [petId, fields.slot]).sort()).toEqual([
    [1, -1],
    [2, -1],
    [3, 0],
  ]);
});

it('without an expired pet nothing changes', () => {
  expect(expire([pet(1, { slot: 0 })], NOW)).toMatchObject({ changes: [], events: [] });
});
