/** What other teams declare in contract/consumers, and the records that they send. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { channels } from '../../generated/contract/channels.js';
import { encodeKey } from '../../generated/contract/keys.js';
import type { ConsumedRecord, ContractChannel } from '../../generated/contract/record.js';
import { loadConsumers } from '../../generator/src/consumers/consumers.ts';
import type { ConsumerRead, ConsumerSend } from '../../generator/src/consumers/consumers.ts';
import type { DeclaredExample } from '../../generator/src/consumers/declarations.ts';
import { contractOf } from '../../generator/src/contract.ts';
import { loadDocument } from '../../generator/src/document.ts';
import { ROOT } from '../../src/operator/folders.ts';

const FILE = 'asyncapi.yaml';
const document = await loadDocument(await readFile(join(ROOT, FILE), 'utf8'), FILE);
/** The contract as the service sees it. */
export const { contract } = contractOf(document, FILE, 'service');
/** As seen from the current folder: faults name the files so. */
const FOLDER = relative(process.cwd(), join(ROOT, 'contract/consumers'));
export const consumers = await loadConsumers(FOLDER, contract);

type AnyChannel = ContractChannel<object, object>;

/** Returns the generated code of a channel. */
export function bindingOf(name: string): AnyChannel {
  const found = channels.find((channel) => channel.name === name);
  if (found === undefined) throw new Error(`the generated code has no channel ${name}`);
  return found as unknown as AnyChannel;
}

/** A record that a team declares. */
export interface DeclaredRecord extends Pick<ConsumerSend, 'channel' | 'message'> {
  readonly team: string;
  readonly example: DeclaredExample;
  /** The example's, as an object. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export const declaredRecords: readonly DeclaredRecord[] = consumers.flatMap(({ team, sends }) =>
  sends.flatMap(({ channel, message, examples }) =>
    examples.map((example) => {
      return { team, channel, message, example, payload: example.payload as DeclaredRecord['payload'] };
    }),
  ),
);

export const declaredReads: readonly (ConsumerRead & { readonly team: string })[] = consumers.flatMap(
  ({ team, reads }) => reads.map((read) => ({ ...read, team })),
);

/** Returns the bytes that the team sends: its fields in its order, its headers and no others, and its key. */
export function recordOf({ channel, example, payload }: DeclaredRecord) {
  const { headers: given = {} } = example;
  const encoded = bindingOf(channel.name).encode(payload, given);
  const headers = Object.entries(given).map(([name, value]) => {
    const header = encoded.headers[name] ?? (value as string);
    return [name, Buffer.from(header as Buffer)];
  });
  const key = 'key' in example ? keyOf(example.key) : encoded.key;
  return { key, value: encoded.value, headers: Object.fromEntries(headers) as Record<string, Buffer> };
}

const keyOf = (key: unknown) => (key === null ? null : encodeKey(key as number));

/** Returns the channel and the message of a record that the service sent. */
export function messageOf(channelName: string, record: ConsumedRecord) {
  const channel = contract.channels.find(({ name }) => name === channelName);
  const decoded = bindingOf(channelName).decode(record);
  if (channel === undefined || decoded.kind !== 'message') throw new Error(JSON.stringify(decoded));
  const payload = decoded.message as DeclaredRecord['payload'];
  const message = channel.messages.find(({ types }) => types.includes(String(payload['type'])));
  return { channel, message, payload };
}
