/** What is said of a broker that stands still: its connections are open, and nothing comes back. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startKafka } from '../../scripts/embedded/kafka.ts';
import type { Embedded } from '../../scripts/embedded/embedded.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { createLog } from '../../src/log.ts';
import type { Broker } from '../../src/transport/broker.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import { watchBroker } from '../../src/transport/topics.ts';
import { readyz, untilSays } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Its own: no other test may find it standing still. */
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

it('it does not answer, and when it goes on all is well', async () => {
  let reason: string | undefined = 'not looked at';
  const stop = watchBroker({
    broker,
    topics: [],
    brokerHealth: (now) => (reason = now),
    topicsHealth: () => undefined,
  });
  const says = (text: string | undefined) =>
    until(
      () => `the reason is ${String(reason)}`,
      () => Promise.resolve(text === undefined ? reason === undefined : reason?.includes(text) === true),
    );
  try {
    await says(undefined);
    kafka.kill('SIGSTOP');
    await says('The broker does not answer. Start the broker');
    kafka.kill('SIGCONT');
    await says(undefined);
  } finally {
    kafka.kill('SIGCONT');
    stop();
  }
});

it('an idle service is not ready while the broker stands still, and ready again afterwards', async () => {
  const send = () => Promise.reject(new Error('this service is idle'));
  const rig = await createRig({}, { brokers: kafka.address, replicationFactor: 1, send });
  try {
    const instance = await rig.start();
    kafka.kill('SIGSTOP');
    await untilSays(instance, '"broker":"The broker does not answer');
    expect(await readyz(instance)).toContain('"status":"not ready"');
    kafka.kill('SIGCONT');
    await untilSays(instance, '"status":"ready"');
  } finally {
    kafka.kill('SIGCONT');
    await rig.close();
  }
});
