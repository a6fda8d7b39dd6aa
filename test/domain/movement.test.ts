import { describe, expect, it } from '@jest/globals';
import {
  isSameClaim,
  isStaleReport,
  judgeReport,
  positionAfter,
  reportedFoothold,
  superseding,
  validPosition,
} from '../../src/domain/movement.ts';
import type { PositionReport } from '../../src/domain/movement.ts';

const LOCATION = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };
const report = (fields: Partial<PositionReport> = {}): PositionReport => ({
  ...{ tenantId: 'a', petId: 1, ownerId: 7, ...LOCATION, x: 1, y: 2, stance: 3, fh: undefined },
  ...fields,
});
const known = { ...LOCATION, x: 8, y: 9, stance: 0, fh: 42 };
const elsewhere: [string, Partial<PositionReport>][] = [
  ['world', { worldId: 1 }],
  ['channel', { channelId: 2 }],
  ['map', { mapId: 200 }],
  ['instance', { instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' }],
];

describe('the foothold of a movement', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    [0, undefined],
    [-1, -1],
    [7, 7],
  ])('%s is reported as %s', (fh, expected) => {
    expect(reportedFoothold(fh)).toBe(expected);
  });
});

describe('a position after a report', () => {
  it('has the reported foothold', () => {
    expect(positionAfter(known, report({ fh: 7 }))).toEqual({ ...LOCATION, x: 1, y: 2, stance: 3, fh: 7 });
  });
  it('keeps the foothold that was known at this location', () => {
    expect(positionAfter(known, report())).toEqual({ ...LOCATION, x: 1, y: 2, stance: 3, fh: 42 });
  });
  it('has foothold 1 if none was known', () => {
    expect(positionAfter(undefined, report())).toMatchObject({ x: 1, fh: 1 });
  });
  it.each(elsewhere)('has foothold 1 if the one that was known is in another %s', (_what, difference) => {
    expect(positionAfter(known, report(difference))).toMatchObject({ ...difference, fh: 1 });
  });
});

describe('a report that supersedes another', () => {
  it('makes the same claim: the same owner at the same location', () => {
    expect(isSameClaim(report(), report({ x: 5, fh: 3 }))).toBe(true);
    for (const [, difference] of [...elsewhere, ['owner', { ownerId: 8 }] as const]) {
      expect(isSameClaim(report(), report(difference))).toBe(false);
    }
  });
  it.each([
    [9, undefined, 9],
    [9, 4, 4],
    [undefined, undefined, undefined],
  ])('after foothold %s and %s reports %s', (older, newer, fh) => {
    expect(superseding(report({ fh: older }), report({ x: 5, fh: newer }))).toEqual(report({ x: 5, fh }));
  });
});

describe('a report', () => {
  const own = { ownerId: 7 };
  const away = { ...LOCATION, mapId: 200 };

  it('counts if it names the owner, at the location of the session or without one', () => {
    expect(judgeReport(report(), own, LOCATION)).toBe('valid');
    expect(judgeReport(report(), own, undefined)).toBe('valid');
  });
  it('is refused for the first fault that applies: unknown, foreign, stale', () => {
    expect(judgeReport(report(), undefined, away)).toBe('unknown');
    expect(judgeReport(report(), { ownerId: 8 }, away)).toBe('foreign');
    expect(judgeReport(report(), own, away)).toBe('stale');
  });
  it.each(elsewhere)('is stale if the session is in another %s', (_what, difference) => {
    expect(isStaleReport(report(), { ...LOCATION, ...difference })).toBe(true);
    expect(isStaleReport(report(), LOCATION)).toBe(false);
  });
});

describe('a stored position', () => {
  it('counts at the location of the session, and without a session', () => {
    expect(validPosition(known, LOCATION)).toBe(known);
    expect(validPosition(known, undefined)).toBe(known);
    expect(validPosition(undefined, LOCATION)).toBeUndefined();
  });
  it.each(elsewhere)('does not count if the session is in another %s', (_what, difference) => {
    expect(validPosition(known, { ...LOCATION, ...difference })).toBeUndefined();
  });
});
