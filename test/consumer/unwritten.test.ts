import { expect, it } from '@jest/globals';
import { Unwritten } from '../../src/consumer/unwritten.ts';
import type { PositionReport } from '../../src/domain/movement.ts';
import { TENANT } from '../support/commands.ts';

const report = (fields: Partial<PositionReport> = {}): PositionReport => ({
  ...{ tenantId: 'a', petId: 1, ownerId: 7, worldId: 0, channelId: 1, mapId: 100 },
  ...{ instance: '00000000-0000-0000-0000-000000000000', x: 0, y: 0, stance: 0, fh: undefined },
  ...fields,
});

it('a report without a foothold keeps the one of the report that it supersedes', () => {
  const unwritten = new Unwritten([]);
  expect(unwritten.move(report({ x: 1, fh: 9 }))).toBe(false);
  expect(unwritten.move(report({ x: 2 }))).toBe(true);
  expect(unwritten.move(report({ x: 3 }))).toBe(true);
  expect(unwritten.moves).toEqual([report({ x: 3, fh: 9 })]);
});

it('a report of another place keeps nothing: which of the two is true is decided when they are written', () => {
  const unwritten = new Unwritten([]);
  const reports = [report({ fh: 9 }), report({ mapId: 200 }), report()];
  for (const one of reports) expect(unwritten.move(one)).toBe(false);
  expect(unwritten.moves).toEqual(reports);
});

it('what is forgotten as written is not the report that has superseded it meanwhile', () => {
  const unwritten = new Unwritten([]);
  unwritten.move(report({ x: 1, fh: 9 }));
  const written = unwritten.moves;
  unwritten.move(report({ x: 2 }));
  unwritten.forgetMoves(written);
  expect(unwritten.moves).toEqual([report({ x: 2, fh: 9 })]);
  unwritten.forgetMoves(unwritten.moves);
  expect(unwritten.moves).toEqual([]);
});

const sighting = (seenAt: number, REGION = 'GMS') => ({ context: { ...TENANT, REGION, forwarded: {} }, seenAt });

it('a tenant is kept by its newest record until that is saved', () => {
  const unwritten = new Unwritten([]);
  for (const [at, region] of [[2, 'B'], [1, 'A'], [2, 'C']] as const) unwritten.sighting(sighting(at, region)); // prettier-ignore
  const saved = unwritten.sightings;
  expect(saved).toEqual([sighting(2, 'C')]);
  // One that arrives while the others are being saved stays.
  unwritten.sighting(sighting(3, 'D'));
  unwritten.forgetSightings(saved);
  expect(unwritten.sightings).toEqual([sighting(3, 'D')]);
  unwritten.forgetSightings(unwritten.sightings);
  expect(unwritten.sightings).toEqual([]);
});
