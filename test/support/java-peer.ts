/** Kafka's Java clients, as producers and consumers of tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchJars } from '../../scripts/embedded/jars.ts';
import { findJava } from '../../scripts/embedded/java.ts';
import type { Compression } from '../../src/transport/compression.ts';
import type { Sendable } from './rig.ts';

export interface JavaPeer {
  /** Opens a producer; one with a transactional id sends only within transactions. */
  open(name: string, compression: Compression, transactionalId?: string): Promise<void>;
  /** Sends records, by their keys if no partition is named; they wait for a flush, or for the end of their transaction. */
  send(name: string, topic: string, partition: number | undefined, records: readonly Sendable[]): Promise<void>;
  /** Resolves when all sent records are acked. */
  flush(name: string): Promise<void>;
  begin(name: string): Promise<void>;
  commit(name: string): Promise<void>;
  abort(name: string): Promise<void>;
  /** Returns the values of the first `count` records of a partition. */
  read(topic: string, partition: number, count: number): Promise<(string | null)[]>;
  /** Sets a quota of the clients of this id, in bytes a second; undefined removes it. */
  setQuota(
    clientId: string,
    quota: 'consumer_byte_rate' | 'producer_byte_rate',
    bytesPerSecond?: number,
  ): Promise<void>;
  /** Makes the first of these replicas (ids of brokers) the leader of a partition. */
  moveLeader(topic: string, partition: number, replicas: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts a Java process with the clients; it runs until it is closed. */
export async function startJavaPeer(brokers: string): Promise<JavaPeer> {
  const [java, jars] = [await findJava(), await fetchJars(() => undefined)];
  const args = ['-XX:TieredStopAtLevel=1', '-Xmx128m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  const source = join(import.meta.dirname, 'java', 'Peer.java');
  const child = spawn(java, [...args, '-cp', join(jars, '*'), source, brokers], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  // A process that a failed test left open must not prevent the end of the run; it ends with its standard input.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) if (pipe instanceof Socket) pipe.unref();
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: answers come in the order of the questions. */
  async function ask(...words: readonly string[]): Promise<string> {
    child.stdin.write(`${words.join(' ')}\n`);
    const answer = last.then(() => answers.next());
    last = answer;
    const { value, done } = await answer;
    const line = done === true ? 'error the Java process has ended' : value;
    if (!line.startsWith('ok ')) throw new Error(`${words.slice(0, 4).join(' ')}: ${line}`);
    return line.slice('ok '.length);
  }

  return {
    async open(...words) {
      await ask('open', ...words.filter((word) => word !== undefined));
    },
    async send(name, topic, partition, records) {
      const sent = records.map(({ key = null, value, headers = {}, timestamp = '-', ...record }) => {
        const pairs = Object.entries(headers).flatMap(([header, values]) =>
          [values ?? []].flat().flatMap((one) => [header, word(one)]),
        );
        const to = String(partition ?? record.partition ?? '-');
        return ask('send', name, topic, to, timestamp, word(key), word(value), ...pairs);
      });
      await Promise.all(sent);
    },
    async flush(name) {
      await ask('flush', name);
    },
    async begin(name) {
      await ask('begin', name);
    },
    async commit(name) {
      await ask('commit', name);
    },
    async abort(name) {
      await ask('abort', name);
    },
    async read(topic, partition, count) {
      const words = await ask('read', topic, String(partition), String(count));
      return words.split(' ').map((one) => (one === '-' ? null : Buffer.from(one, 'base64').toString()));
    },
    async setQuota(clientId, quota, bytesPerSecond) {
      await ask('quota', clientId, quota, bytesPerSecond === undefined ? '-' : String(bytesPerSecond));
    },
    async moveLeader(topic, partition, replicas) {
      await ask('lead', topic, String(partition), replicas.join(','));
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function word(bytes: Buffer | string | null): string {
  return bytes === null ? '-' : Buffer.from(bytes).toString('base64');
}
