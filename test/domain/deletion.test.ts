import { describe, expect, it } from '@jest/globals';
import { deleted, slotChanged } from '../../generated/contract/messages/pet-status.js';
import { deleteAllPets, deleteAsset, isPetItem } from '../../src/domain/deletion.ts';
import { OWNER, pet } from './given.ts';

const deletedEvent = (petId: number) => deleted({ petId, ownerId: OWNER });
const slotChangedEvent = (petId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId: OWNER, body: { oldSlot, newSlot } });

describe('the pets of a deleted character', () => {
  it('are deleted, the spawned ones first by slot, then the others by id, without slot changes', () => {
    const pets = [pet(9), pet(4, { slot: 1 }), pet(2), pet(7, { slot: 0 })];
    const decision = deleteAllPets(pets);
    expect(decision.events).toEqual([7, 4, 2, 9].map(deletedEvent));
    expect(decision.deleted.map(({ id }) => id)).toEqual([7, 4, 2, 9]);
    expect(decision.changes).toEqual([]);
  });

  it('emit nothing if there are none', () => {
    expect(deleteAllPets([])).toMatchObject({ kind: 'changed', events: [], deleted: [] });
  });
});

describe('the pet that is deleted with an item', () => {
  const DOG = 5_000_001;
  const CAT = 5_000_002;
  const DELETED_AT = Date.UTC(2026, 0, 1);
  const MINUTE = 60_000;
  const asset = { templateId: DOG, slot: 3, deletedAt: DELETED_AT };
  const dog = (id: number, fields = {}) => pet(id, { templateId: DOG, ...fields });
  const cat = (id: number, fields = {}) => pet(id, { templateId: CAT, ...fields });

  it('is the only one of that template', () => {
    expect(deleteAsset([cat(1), dog(2), cat(3)], asset)).toMatchObject({
      deleted: [{ id: 2 }],
      changes: [],
      events: [deletedEvent(2)],
    });
  });

  it.each([
    [0, [slotChangedEvent(2, 1, 0), slotChangedEvent(3, 2, 1)]],
    [1, [slotChangedEvent(3, 2, 1)]],
    [2, []],
  ])('leaves its slot %i to the pets in higher slots, lowest first', (slot, slotChanges) => {
    const others = [2, 3].map((id, index) => cat(id, { slot: [0, 1, 2].filter((one) => one !== slot)[index] }));
    const decision = deleteAsset([...others.toReversed(), dog(1, { slot })], asset);
    expect(decision).toMatchObject({
      deleted: [{ id: 1 }],
      events: [...slotChanges.slice(-slotChanges.length || 3), deletedEvent(1)],
    });
    const changes = decision.kind === 'changed' ? decision.changes : [];
    expect(changes.map(({ fields }) => fields.slot)).toEqual(slotChanges.map(({ body }) => body.newSlot));
  });

  it('is none if the owner has no pet of that template', () => {
    expect(deleteAsset([cat(1)], asset)).toEqual({ kind: 'nothing' });
    expect(deleteAsset([], asset)).toEqual({ kind: 'nothing' });
  });

  it('is never guessed if there are two; the message names both', () => {
    expect(deleteAsset([dog(1), dog(5)], asset)).toEqual({
      kind: 'ambiguous',
      message: expect.stringContaining('1, 5'),
    });
  });

  it('is none that was created more than a minute after the event', () => {
    const young = dog(1, { createdAt: DELETED_AT + MINUTE + 1 });
    const old = dog(2, { createdAt: DELETED_AT + MINUTE });
    expect(deleteAsset([young], asset)).toEqual({ kind: 'nothing' });
    expect(deleteAsset([young, old], asset)).toMatchObject({ deleted: [{ id: 2 }] });
  });
});

describe('with an inventory', () => {
  const DOG = 5_000_001;
  const DELETED_AT = Date.UTC(2026, 0, 1);
  const asset = { templateId: DOG, slot: 3, deletedAt: DELETED_AT };
  const dogs = [1, 2, 3].map((id) => pet(id, { templateId: DOG, createdAt: DELETED_AT }));
  const item = (slot: number, petId: number, templateId = DOG) => ({ slot, petId, templateId });

  it('the pet is the one that the item in the slot names, however old', () => {
    const young = [...dogs, pet(4, { templateId: DOG, createdAt: DELETED_AT + 1e9 })];
    expect(deleteAsset(young, asset, [item(1, 1), item(3, 4)])).toMatchObject({ deleted: [{ id: 4 }] });
  });

  it('no pet is deleted if the item names a pet that the owner does not have', () => {
    expect(deleteAsset(dogs, asset, [item(3, 99)])).toEqual({ kind: 'nothing' });
    expect(deleteAsset(dogs, asset, [item(3, 0)])).toEqual({ kind: 'nothing' });
  });

  it('if the inventory lacks the item, the pet is the one of that template that no other item names', () => {
    const inventory = [item(1, 1), item(2, 3)];
    expect(deleteAsset(dogs, asset, inventory)).toMatchObject({ deleted: [{ id: 2 }] });
    expect(deleteAsset([...dogs, pet(5)], asset, inventory)).toMatchObject({ deleted: [{ id: 2 }] });
    expect(deleteAsset(dogs, asset, [...inventory, item(3, 9, 5_000_009)])).toMatchObject({ deleted: [{ id: 2 }] });
    expect(deleteAsset(dogs, asset, [...inventory, item(9, 2)])).toEqual({ kind: 'nothing' });
    expect(deleteAsset(dogs, asset, [item(1, 1)])).toEqual({
      kind: 'ambiguous',
      message: expect.stringContaining('2, 3'),
    });
    const young = pet(4, { templateId: DOG, createdAt: DELETED_AT + 60_001 });
    expect(deleteAsset([...dogs, young], asset, inventory)).toMatchObject({ deleted: [{ id: 2 }] });
  });
});

describe('an item is a pet', () => {
  it.each([
    [5_000_000, true],
    [5_009_999, true],
    [5_010_000, false],
    [4_999_999, false],
    [500_000, false],
    [50_000_000, false],
    [0, false],
  ])('%i: %s', (templateId, is) => {
    expect(isPetItem(templateId)).toBe(is);
  });
});
