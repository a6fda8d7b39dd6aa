/** Instances start and stop under load: promises 1 to 3. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { casesOf, IS_LONG_FORM } from './form.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** Commands a second while instances start one after the other, which takes long. */
const PACE = 500;

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

const clean = { copies: 0, findings: [] };

describe('under load', () => {
  it('one becomes four and one again', async () => {
    const { rig } = chaosRun;
    await rig.start();
    await chaosRun.underLoad(async () => {
      const more = [await rig.start(), await rig.start(), await rig.start()];
      for (const one of more) {
        await until('an instance has no partitions', () => Promise.resolve(/"partitions":\["/.test(one.output())));
      }
      for (const one of more) await one.stop();
    }, PACE);
    expect(await chaosRun.audit()).toMatchObject(clean);
  });

  const replaceEach = async () => {
    const { rig } = chaosRun;
    const olds = [await rig.start(), await rig.start()];
    await chaosRun.underLoad(async () => {
      for (const old of olds) {
        await old.stop();
        await rig.start();
      }
    });
    expect(await chaosRun.audit()).toMatchObject(clean);
  };
  if (IS_LONG_FORM) it('replaces each instance by another', replaceEach);

  it.each(casesOf(['after-load', 'after-commit', 'after-publish'], ['after-commit']))(
    'an instance that stops, delayed %s, finishes its work, publishes all events and leaves its group',
    async (point) => {
      const { rig } = chaosRun;
      const only = await rig.start({ FAULT_POINT: point, FAULT_KIND: 'delay' });
      await chaosRun.underLoad(async () => {
        await rig.seen((records) => records.length > 500);
        await only.stop();
      });
      expect({
        unexpectedEnd: only.unexpectedEnd,
        left: await rig.database.outbox.count(),
        members: await rig.members(),
      }).toEqual({
        unexpectedEnd: undefined,
        left: 0,
        members: 0,
      });
      await rig.start();
      expect(await chaosRun.audit()).toMatchObject(clean);
    },
  );
});

it('two instances start at the same time while records wait and no offset is stored', async () => {
  await chaosRun.drive(1_000);
  await Promise.all([chaosRun.rig.start(), chaosRun.rig.start()]);
  await chaosRun.drive(1_000);
  expect(await chaosRun.audit()).toMatchObject(clean);
});
