import { LOOPBACK } from './embedded.ts';

/** One process that is broker and controller, small and quick to start. */
export function kafkaSettings(ports: { broker: number; controller: number }, logDir: string): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${LOOPBACK}:${String(ports.controller)}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${LOOPBACK}:${String(ports.broker)},CONTROLLER://${LOOPBACK}:${String(ports.controller)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    // A topic that nobody created is a mistake that should show.
    'auto.create.topics.enable': false,
    // One broker: nothing can be replicated.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // A first consumer is served at once instead of after 3 s of waiting for a second.
    'group.initial.rebalance.delay.ms': 0,
    // The default of 128 MB does not fit the small heap.
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
  })
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}
