/** Instances come and go under load: promises 1 to 3. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { casesOf, IS_LONG_FORM } from './form.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const clean = { copies: 0, findings: [] };

describe('under load', () => {
  it('one becomes four and one again', async () => {
    const { rig } = world;
    await rig.start();
    await world.underLoad(async () => {
      const more = [await rig.start(), await rig.start(), await rig.start()];
      for (const one of more) {
        await until('one has nothing to do', () => Promise.resolve(/"partitions":\["/.test(one.output())));
      }
      for (const one of more) await one.stop();
    });
    expect(await world.audit()).toMatchObject(clean);
  });

  (IS_LONG_FORM ? it : it.skip)('each is replaced in turn', async () => {
    const { rig } = world;
    const olds = [await rig.start(), await rig.start()];
    await world.underLoad(async () => {
      for (const old of olds) {
        await old.stop();
        await rig.start();
      }
    });
    expect(await world.audit()).toMatchObject(clean);
  });

  it.each(casesOf(['after-load', 'after-commit', 'after-publish'], ['after-commit']))(
    'one that stops, slow as it is %s, finishes what runs, tells all of it and leaves its group',
    async (point) => {
      const { rig } = world;
      const only = await rig.start({ FAULT_POINT: point, FAULT_KIND: 'delay' });
      await world.underLoad(async () => {
        await rig.seen((records) => records.length > 500);
        await only.stop();
      });
      expect({ misend: only.misend, left: await rig.database.outbox.count(), members: await rig.members() }).toEqual({
        misend: undefined,
        left: 0,
        members: 0,
      });
      await rig.start();
      expect(await world.audit()).toMatchObject(clean);
    },
  );
});

it('two start at once, where there is work and no offset yet', async () => {
  await world.drive(1_000);
  await Promise.all([world.rig.start(), world.rig.start()]);
  await world.drive(1_000);
  expect(await world.audit()).toMatchObject(clean);
});
