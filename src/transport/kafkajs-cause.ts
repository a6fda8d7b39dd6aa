import { createRequire } from 'node:module';

type Ask<Answer> = (broker: object) => Promise<Answer>;

interface BrokerPool {
  /** Asks one broker after another until one answers. @returns null if none does. */
  withBroker<Answer>(ask: Ask<Answer>): Promise<Answer | null>;
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/cluster/brokerPool') as { readonly prototype: BrokerPool };
const { KafkaJSNonRetriableError } = require('kafkajs/src/errors') as {
  readonly KafkaJSNonRetriableError: new (error: Error, options: ErrorOptions) => Error;
};
const { withBroker } = prototype;

/**
 * Throws the error of the last broker if none has answered. kafkajs 2.2.4 drops it: a missing right to the group becomes "Failed to
 * find group coordinator", a broken connection a TypeError about null.
 */
prototype.withBroker = async function <Answer>(this: BrokerPool, ask: Ask<Answer>) {
  let last: unknown;
  const answer = await withBroker.call(this, async (broker) => {
    try {
      return await ask(broker);
    } catch (error) {
      last = error;
      throw error;
    }
  });
  if (answer === null && last instanceof Error) throw new KafkaJSNonRetriableError(last, { cause: last });
  return answer as Answer | null;
};
