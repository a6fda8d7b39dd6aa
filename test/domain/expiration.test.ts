import { expect, it } from '@jest/globals';
import { despawned, slotChanged } from '../../generated/contract/messages/pet-status.ts';
import { expire } from '../../src/domain/expiration.ts';
import { OWNER, pet } from './given.ts';

const NOW = Date.UTC(2026, 0, 1);
const moved = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });
const wentHome = (id: number, oldSlot: number) => [
  moved(id, oldSlot, -1),
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
])('a pet that expires at %p goes home: %p', (expiration, goes) => {
  expect(expire([pet(1, { slot: 0, expiration })], NOW).events).toEqual(goes ? wentHome(1, 0) : []);
});

it('several go in slot order, those above move down each time', () => {
  const expiration = NOW;
  const out = [pet(3, { slot: 2 }), pet(1, { slot: 0, expiration }), pet(2, { slot: 1, expiration })];
  const decision = expire(out, NOW);
  expect(decision.events).toEqual([
    moved(2, 1, 0),
    moved(3, 2, 1),
    ...wentHome(1, 0),
    moved(3, 1, 0),
    ...wentHome(2, 0),
  ]);
  expect(decision.changes.map(({ petId, fields }) => [petId, fields.slot]).sort()).toEqual([
    [1, -1],
    [2, -1],
    [3, 0],
  ]);
});

it('where none has expired nothing changes', () => {
  expect(expire([pet(1, { slot: 0 })], NOW)).toMatchObject({ changes: [], events: [] });
});
