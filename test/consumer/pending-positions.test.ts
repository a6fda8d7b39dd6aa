import { expect, it } from '@jest/globals';
import { PendingPositions } from '../../src/consumer/pending-positions.ts';
import type { PositionReport } from '../../src/domain/movement.ts';
import { TENANT } from '../support/commands.ts';

const report = (fields: Partial<PositionReport> = {}): PositionReport => ({
  ...{ tenantId: 'a', petId: 1, ownerId: 7, worldId: 0, channelId: 1, mapId: 100 },
  ...{ instance: '00000000-0000-0000-0000-000000000000', x: 0, y: 0, stance: 0, fh: undefined },
  ...fields,
});

it('a report without a foothold keeps the one of the report that it supersedes', () => {
  const pending = new PendingPositions([]);
  expect(pending.addReport(report({ x: 1, fh: 9 }))).toBe(false);
  expect(pending.addReport(report({ x: 2 }))).toBe(true);
  expect(pending.addReport(report({ x: 3 }))).toBe(true);
  expect(pending.reports).toEqual([report({ x: 3, fh: 9 })]);
});

it('a report of another place keeps nothing: which of the two is true is decided when they are written', () => {
  const pending = new PendingPositions([]);
  const reports = [report({ fh: 9 }), report({ mapId: 200 }), report()];
  for (const one of reports) expect(pending.addReport(one)).toBe(false);
  expect(pending.reports).toEqual(reports);
});

it('what is forgotten as written is not the report that has superseded it meanwhile', () => {
  const pending = new PendingPositions([]);
  pending.addReport(report({ x: 1, fh: 9 }));
  const written = pending.reports;
  pending.addReport(report({ x: 2 }));
  pending.forgetReports(written);
  expect(pending.reports).toEqual([report({ x: 2, fh: 9 })]);
  pending.forgetReports(pending.reports);
  expect(pending.reports).toEqual([]);
});

const sighting = (seenAt: number, REGION = 'GMS') => ({ context: { ...TENANT, REGION, forwarded: {} }, seenAt });

it('a tenant is kept by its newest record until that is saved', () => {
  const pending = new PendingPositions([]);
  for (const [at, region] of [[2, 'B'], [1, 'A'], [2, 'C']] as const) pending.addSighting(sighting(at, region)); // prettier-ignore
  const saved = pending.sightings;
  expect(saved).toEqual([sighting(2, 'C')]);
  // One that arrives while the others are being saved stays.
  pending.addSighting(sighting(3, 'D'));
  pending.forgetSightings(saved);
  expect(pending.sightings).toEqual([sighting(3, 'D')]);
  pending.forgetSightings(pending.sightings);
  expect(pending.sightings).toEqual([]);
});
