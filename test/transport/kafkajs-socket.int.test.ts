/** What kafkajs throws while it reads from a socket: an outage of that connection. */
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it, jest } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import { required } from '../support/database.ts';
import { until } from '../support/until.ts';

const Connection = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  readonly prototype: { processData(data: Buffer): void };
};

afterAll(() => {
  jest.restoreAllMocks();
});

it('the process goes on, and so does the client', async () => {
  const broker = await connectKafka({
    brokers: required('TEST_KAFKA_BROKERS').split(','),
    clientId: randomUUID(),
    sessionTimeout: 6_000,
    compression: 'none',
    maxBatchBytes: 64 * 1024 * 1024,
    log: createLog('silent'),
  });
  let thrown = 0;
  const read = Object.getOwnPropertyDescriptor(Connection.prototype, 'processData')?.value as (data: Buffer) => void;
  jest.spyOn(Connection.prototype, 'processData').mockImplementation(function (this: unknown, data) {
    if (thrown >= 3) {
      read.call(this, data);
      return;
    }
    thrown += 1;
    throw new RangeError('The value of "offset" is out of range');
  });
  const asks = () => broker.missingTopics(['no-such-topic']);
  await until('it never answers again', () => asks().then((missing) => missing.length === 1, () => false)); // prettier-ignore
  expect(thrown).toBe(3);
  await broker.close();
});
