import { expect, it } from '@jest/globals';
import { PendingPositions } from '../../src/consumer/pending-positions.ts';
import type { PositionReport } from '../../src/domain/movement.ts';
import { TENANT } from '../support/commands.ts';

const report = (fields: Partial<PositionReport> = {}): PositionReport => ({
  ...{ tenantId: 'a', petId: 1, ownerId: 7, worldId: 0, channelId: 1, mapId: 100 },
  ...{ instance: '00000000-0000-0000-0000-000000000000', x: 0, y: 0, stance: 0, fh: undefined },
  ...fields,
});

it('a report without a foothold keeps that of the report that it supersedes', () => {
  const pending = new PendingPositions([]);
  expect(pending.addReport(report({ x: 1, fh: 9 }))).toBe(false);
  expect(pending.addReport(report({ x: 2 }))).toBe(true);
  expect(pending.addReport(report({ x: 3 }))).toBe(true);
  expect(pending.reports).toEqual([report({ x: 3, fh: 9 })]);
});

it('a report of another location does not supersede one: the location of the session decides when they are written', () => {
  const pending = new PendingPositions([]);
  const reports = [report({ fh: 9 }), report({ mapId: 200 }), report()];
  for (const one of reports) expect(pending.addReport(one)).toBe(false);
  expect(pending.reports).toEqual(reports);
});

it('forgetting written reports keeps one that has superseded them meanwhile', () => {
  const pending = new PendingPositions([]);
  pending.addReport(report({ x: 1, fh: 9 }));
  const written = pending.reports;
  pending.addReport(report({ x: 2 }));
  pending.forgetReports(written);
  expect(pending.reports).toEqual([report({ x: 2, fh: 9 })]);
  pending.forgetReports(pending.reports);
  expect(pending.reports).toEqual([]);
});

const seenTenant = (seenAt: number, REGION = 'GMS') => ({ context: { ...TENANT, REGION, forwarded: {} }, seenAt });

it('the newest headers of a tenant are kept until they are saved', () => {
  const pending = new PendingPositions([]);
  for (const [at, region] of [[2, 'B'], [1, 'A'], [2, 'C']] as const) pending.addSighting(seenTenant(at, region)); // prettier-ignore
  const saved = pending.sightings;
  expect(saved).toEqual([seenTenant(2, 'C')]);
  // Headers that arrive while the others are being saved are kept.
  pending.addSighting(seenTenant(3, 'D'));
  pending.forgetSightings(saved);
  expect(pending.sightings).toEqual([seenTenant(3, 'D')]);
  pending.forgetSightings(pending.sightings);
  expect(pending.sightings).toEqual([]);
});
