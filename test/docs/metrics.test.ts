/** docs/metrics.md names only metrics that the service has. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { registry } from '../../src/metrics.ts';

it('uses only existing metrics in its alerts', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const metrics = (await registry.getMetricsAsJSON()) as unknown as { name: string; type: string }[];
  const names = metrics.flatMap(({ name, type }) => (type === 'histogram' ? [name, `${name}_bucket`] : name));
  const [, alerts = ''] = page.split('## What to alert on');
  const used = [...alerts.matchAll(/pets_\w+/g)].map(([name]) => name).filter((name) => !name.endsWith('_'));
  expect(used).not.toEqual([]);
  expect(names).toEqual(expect.arrayContaining(used));
});
