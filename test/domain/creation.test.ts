/** The pet that a creation stores, with defaults of what was not given. */
import { describe, expect, it } from '@jest/globals';
import { newPet } from '../../src/domain/creation.ts';
import { OWNER } from './given.ts';

const NOW = Date.UTC(2026, 0, 1);
const IN_90_DAYS = Date.UTC(2026, 3, 1);
const GIVEN = { ownerId: OWNER, templateId: 5_000_017 };
const DEFAULTS = {
  ...GIVEN,
  name: 'Pet',
  level: 1,
  closeness: 0,
  fullness: 100,
  expiration: IN_90_DAYS,
  cashId: 0n,
  flag: 0,
  purchaseBy: 0,
};

describe('a new pet', () => {
  it('has the default of each field that was not given', () => {
    expect(newPet(GIVEN, NOW)).toEqual(DEFAULTS);
  });

  it('has each value that was given', () => {
    const all = {
      ...GIVEN,
      name: 'Rex',
      level: 30,
      closeness: 30_000,
      fullness: 1,
      expiration: NOW,
      cashId: 2n ** 64n - 1n,
      flag: 65_535,
      purchaseBy: 9,
    };
    expect(newPet(all, NOW)).toEqual(all);
  });

  it.each([
    ['name', '', 'Pet'],
    ['fullness', 0, 100],
  ])('has the default %s instead of %j', (field, value, expected) => {
    expect(newPet({ ...GIVEN, [field]: value }, NOW)).toEqual({ ...DEFAULTS, [field]: expected });
  });

  it.each([
    [-1, 1],
    [0, 1],
    [1, 1],
    [30, 30],
    [31, 1],
  ])('given the level %i has the level %i', (level, expected) => {
    expect(newPet({ ...GIVEN, level }, NOW).level).toBe(expected);
  });
});
