/** How the service reports a broker that hangs: connections stay open, and it answers nothing. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startKafka } from '../../scripts/embedded/kafka.ts';
import type { Embedded } from '../../scripts/embedded/embedded.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { createLog } from '../../src/log.ts';
import type { Broker } from '../../src/transport/broker.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import { watchBroker } from '../../src/transport/topics.ts';
import { readyz, untilReadyzContains } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A broker of its own, since other tests must not meet it while it hangs. */
let kafka: Embedded;
let broker: Broker;
beforeAll(async () => {
  folder = await temporaryFolder();
  kafka = await startKafka({ dataDir: join(folder.path, 'kafka'), port: 0 });
  broker = await connectKafka({
    brokers: [kafka.address],
    security: {},
    clientId: 'watch',
    sessionTimeoutMs: 6_000,
    compression: 'none',
    maxBatchBytes: 1_048_576,
    log: createLog('silent'),
  });
});
afterAll(async () => {
  await broker.close();
  await kafka.stop();
  await folder.remove();
});

it('reports that the broker does not answer, and no fault once it does', async () => {
  let reason: string | undefined = 'not checked';
  const stop = watchBroker({
    broker,
    topics: [],
    brokerHealth: (now) => (reason = now),
    topicsHealth: () => undefined,
  });
  const untilReason = (text: string | undefined) =>
    until(
      () => `the reason is ${String(reason)}`,
      () => Promise.resolve(text === undefined ? reason === undefined : reason?.includes(text) === true),
    );
  try {
    await untilReason(undefined);
    kafka.kill('SIGSTOP');
    await untilReason('The broker does not answer. Start the broker');
    kafka.kill('SIGCONT');
    await untilReason(undefined);
  } finally {
    kafka.kill('SIGCONT');
    stop();
  }
});

it('an idle service is not ready while the broker hangs, and ready again afterwards', async () => {
  const send = () => Promise.reject(new Error('this service is idle'));
  const rig = await createRig({}, { brokers: kafka.address, replicationFactor: 1, send });
  try {
    const instance = await rig.start();
    kafka.kill('SIGSTOP');
    await untilReadyzContains(instance, '"broker":"The broker does not answer');
    expect(await readyz(instance)).toContain('"status":"not ready"');
    kafka.kill('SIGCONT');
    await untilReadyzContains(instance, '"status":"ready"');
  } finally {
    kafka.kill('SIGCONT');
    await rig.close();
  }
});
