/** The outcomes of movements, as the service counts them. */
import type { Instance } from './instance.ts';
import { until } from './until.ts';

async function counts({ url }: Instance): Promise<Map<string, number>> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const lines = [...metrics.matchAll(/^pets_movements_total\{outcome="(\w+)"\} (\d+)/gm)];
  return new Map(lines.map(([, outcome = '', count]) => [outcome, Number(count)]));
}

/** Returns how many movements had this outcome. */
export async function movementsThat(instance: Instance, outcome: string): Promise<number> {
  return (await counts(instance)).get(outcome) ?? 0;
}

/** Calls `send`, which sends `count` movements, and waits until all are counted. */
export async function untilMoved(instance: Instance, count: number, send: () => Promise<void>): Promise<void> {
  const all = async () => [...(await counts(instance)).values()].reduce((sum, one) => sum + one, 0);
  const before = await all();
  await send();
  await until('a movement has come to no end', async () => (await all()) === before + count);
}
