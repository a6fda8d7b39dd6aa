/** An instance whose machine's clock is an hour fast uses the time of the database for hunger. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const DUE = 1n;
const NOT_DUE = 2n;

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

const sessionOf = (characterId: bigint) =>
  rig.database.characterSession.findFirstOrThrow({ where: { characterId }, select: { hungerDueAt: true } });

it('hunger is due by the clock of the database', async () => {
  const { TENANT_ID: id, REGION: region, MAJOR_VERSION: majorVersion, MINOR_VERSION: minorVersion } = TENANT;
  await rig.database.tenant.create({ data: { id, region, majorVersion, minorVersion } });
  const start = Date.now();
  const inHalfAnHour = new Date(start + 30 * MINUTE_MS);
  for (const [characterId, hungerDueAt] of [
    [DUE, new Date(start - 1)],
    [NOT_DUE, inHalfAnHour],
  ] as const) {
    // prettier-ignore
    const location = { worldId: 0, channelId: 1, mapId: 100n, instance: randomUUID() };
    await rig.database.characterSession.create({
      data: { tenantId: TENANT.TENANT_ID, characterId, ...location, hungerDueAt },
    });
  }
  const instance = await rig.start({
    HUNGER_INTERVAL_MS: String(MINUTE_MS),
    SERVICE_NODE_OPTIONS: '--import=./test/support/clock-ahead.mjs',
  });
  await until('no pet gets hungry', async () => (await sessionOf(DUE)).hungerDueAt.getTime() > start);
  const next = (await sessionOf(DUE)).hungerDueAt.getTime();
  expect(next).toBeGreaterThanOrEqual(start + MINUTE_MS - 1);
  expect(next).toBeLessThanOrEqual(Date.now() + MINUTE_MS);
  expect(await sessionOf(NOT_DUE)).toEqual({ hungerDueAt: inHalfAnHour });
  expect(instance.output()).toMatch(/ms ahead of the database's.*\(CLOCK_SKEWED\)/);
  await instance.stop();
});
