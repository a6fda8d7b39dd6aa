import { LOOPBACK } from './embedded.ts';

/** A process that is broker and controller. */
export interface KafkaNode {
  readonly id: number;
  readonly brokerPort: number;
  readonly controllerPort: number;
}

/** The settings of a node of the cluster of all `nodes`: small, and quick to start. */
export function kafkaSettings(node: KafkaNode, nodes: readonly KafkaNode[], logDir: string): string {
  const replicas = Math.min(nodes.length, 3);
  const minInSync = Math.max(1, replicas - 1);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${String(id)}@${LOOPBACK}:${String(controllerPort)}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${LOOPBACK}:${String(node.brokerPort)},CONTROLLER://${LOOPBACK}:${String(node.controllerPort)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    // A topic that nobody created is a mistake that should show.
    'auto.create.topics.enable': false,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
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
