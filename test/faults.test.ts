import { expect, it } from '@jest/globals';
import { armFaultPoints, FAULT_POINTS, faultPoint } from '../src/faults.ts';
import { allVariables } from '../src/variables.ts';

it('no variable of the service arms a fault point', async () => {
  expect(Object.keys(allVariables()).filter((name) => name.startsWith('FAULT'))).toEqual([]);
  for (const point of FAULT_POINTS) {
    process.env['FAULT_POINT'] = point;
    await faultPoint(point, 1);
  }
  delete process.env['FAULT_POINT'];
});

it('runs an armed fault point for a batch of records, not for an empty one', async () => {
  const reached: string[] = [];
  armFaultPoints((point) => Promise.resolve(void reached.push(point)));
  await faultPoint('before-lock', 0);
  await faultPoint('before-send', 2);
  expect(reached).toEqual(['before-send']);
});
