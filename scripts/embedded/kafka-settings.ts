import { LOOPBACK } from './embedded.ts';

/** A process that is broker and controller. */
export interface KafkaNode {
  readonly id: number;
  readonly brokerPort: number;
  readonly controllerPort: number;
}

/** Additional settings of a test's broker. */
export interface KafkaExtras {
  readonly listeners: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  /** By name, as in server.properties. */
  readonly settings: Readonly<Record<string, string>>;
  /** Users of SCRAM, as the option --add-scram of the storage tool takes them. */
  readonly scramUsers: readonly string[];
}

/** Returns the settings of a node of the cluster of all `nodes`: small, and quick to start. */
export function kafkaSettings(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  logDir: string,
  extras: KafkaExtras = { listeners: [], settings: {}, scramUsers: [] },
): string {
  const replicas = Math.min(nodes.length, 3);
  const minInSync = Math.max(1, replicas - 1);
  const listeners = [
    { name: 'PLAINTEXT', port: node.brokerPort, protocol: 'PLAINTEXT' },
    { name: 'CONTROLLER', port: node.controllerPort, protocol: 'PLAINTEXT' },
    ...extras.listeners,
  ];
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${String(id)}@${LOOPBACK}:${String(controllerPort)}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners.map(({ name, port }) => `${name}://${LOOPBACK}:${String(port)}`).join(','),
    'listener.security.protocol.map': listeners.map(({ name, protocol }) => `${name}:${protocol}`).join(','),
    'log.dirs': logDir,
    // A topic that was not created by name is a mistake that must be visible.
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
    // The first consumer gets its partitions at once instead of after 3 s of waiting for a second one.
    'group.initial.rebalance.delay.ms': 0,
    // The default of 128 MB does not fit the small heap.
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
    ...extras.settings,
  })
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}
