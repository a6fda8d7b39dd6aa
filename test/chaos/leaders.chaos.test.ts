/** Partition leaders move between three brokers under load, then one broker is stopped: promises 1 to 4. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { startCluster } from '../support/cluster.ts';
import type { TestCluster } from '../support/cluster.ts';
import { PARTITIONS } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

const MOVES = 26;
const CONSUMED = [petCommand, petCommand, characterStatus, assetStatus];

let cluster: TestCluster;
let chaosRun: ChaosRun;
beforeEach(async () => {
  cluster = await startCluster(3);
  chaosRun = await startChaosRun({ cluster });
});
afterEach(async () => {
  await chaosRun.close();
  await cluster.close();
});

it('consumption continues after each move of a leader, and after one broker was stopped', async () => {
  const { rig } = chaosRun;
  await rig.start();
  await rig.start();
  /** Waits until a record is applied that is sent from now on. @returns how many milliseconds that took. */
  async function untilConsumed(topic: string, partition: number): Promise<number> {
    const [end, begun] = [await cluster.endOf(topic, partition), performance.now()];
    await until(`${topic}/${String(partition)} is not consumed`, async () => {
      const row = await rig.database.consumerOffset.findFirst({ where: { topic, partition } });
      return row !== null && row.nextOffset > end;
    });
    return Math.round(performance.now() - begun);
  }
  const took: number[] = [];
  await chaosRun.underLoad(async () => {
    for (let move = 0; move < MOVES; move += 1) {
      const { env } = CONSUMED[move % CONSUMED.length] ?? petCommand;
      const [topic, partition] = [rig.environment[env] ?? '', move % PARTITIONS];
      await cluster.moveLeader(topic, partition);
      // The others get records too rarely to wait for one; the audit waits for all of them.
      if (env === petCommand.env) took.push(await untilConsumed(topic, partition));
    }
    await cluster.kafka.brokers.at(-1)?.stop();
    const commands = rig.environment[petCommand.env] ?? '';
    const each = Array.from({ length: PARTITIONS }, (_, partition) => untilConsumed(commands, partition));
    took.push(...(await Promise.all(each)));
  });
  process.stderr.write(`milliseconds until consumption went on, at last without a broker: ${took.join(' ')}\n`);
  expect(await chaosRun.audit()).toMatchObject({ findings: [] });
}, 600_000);
