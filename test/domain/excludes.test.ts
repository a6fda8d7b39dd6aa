import { describe, expect, it } from '@jest/globals';
import { excludeChanged } from '../../generated/contract/messages/pet-status.js';
import { exclude } from '../../src/domain/excludes.ts';
import { given, OWNER, pet } from './given.ts';

describe('EXCLUDE replaces the items', () => {
  it.each([
    ['with others, in their order', [3, 1, 2], [3, 1, 2]],
    ['of duplicates the first', [2, 1, 2, 1, 3], [2, 1, 3]],
    ['with none', [], []],
    ['with item 0', [0], [0]],
  ])('%s', (_name, items, after) => {
    const { decision, then } = given(pet(1, { excludes: [1, 9] })).when(1, (subject) => exclude(subject, items));
    then(excludeChanged({ petId: 1, ownerId: OWNER, body: { items: after } }));
    expect(decision).toMatchObject({ changes: [{ petId: 1, fields: { excludes: after } }] });
  });
});
