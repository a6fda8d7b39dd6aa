/** The records of the contract's examples, in bytes: fixtures for codecs in other languages. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as committed from '../../generated/contract/channels.js';
import * as committedExamples from '../../generated/contract/examples.js';
import type { ProducedRecord } from '../../generated/contract/record.js';

/** An example, with the bytes of its record as hexadecimal text, and its headers in the order in which they are sent. */
export interface GoldenRecord {
  readonly channel: string;
  readonly message: string;
  readonly name: string;
  readonly key: string;
  readonly value: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** Generated code of the service, as far as its examples need it. */
export interface Generated {
  readonly channels: readonly Codec[];
  readonly examples: readonly {
    readonly channel: string;
    readonly message: string;
    readonly examples: readonly Example[];
  }[];
}

interface Codec {
  readonly name: string;
  readonly address?: string;
  readonly check?: unknown;
  readonly encode: (message: never, headers: never) => ProducedRecord;
}

interface Example {
  readonly name: string;
  readonly summary: string;
  readonly payload: unknown;
  readonly headers: object;
}

/** Returns the record of each example of the contract, as the service itself encodes it. */
export function goldenRecords(generated: Generated = { ...committed, ...committedExamples }): GoldenRecord[] {
  return generated.examples.flatMap(({ channel, message, examples }) => {
    const codec = codecOf(generated, channel);
    return examples.map((example) => {
      const { key, value, headers } = encoded(codec, example);
      return {
        channel,
        message,
        name: example.name,
        key: key?.toString('hex') ?? '',
        value: value?.toString('hex') ?? '',
        headers: Object.entries(headers).map(([name, header]) => ({
          key: name,
          value: Buffer.from(header as Buffer | string).toString('hex'),
        })),
      };
    });
  });
}

/** Loads the code that was generated for the service into a folder. */
export async function loadGenerated(folder: string): Promise<Generated> {
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href) as Promise<Generated>;
  const [{ channels }, { examples }] = await Promise.all([load('channels.js'), load('examples.js')]);
  return { channels, examples };
}

/** Returns a file for each example, by its path. */
export function exampleFiles({ channels, examples }: Generated): Record<string, string> {
  const byName = new Map(
    examples.flatMap(({ message, examples: list }) => list.map((example) => [`${message}.${example.name}`, example])),
  );
  return Object.fromEntries(
    goldenRecords({ channels, examples }).map((record) => {
      const name = `${record.message}.${record.name}`;
      const { summary, payload } = byName.get(name) ?? {};
      const { address } = codecOf({ channels, examples }, record.channel);
      const content = { summary, topic: address, ...record, payload };
      return [`examples/${name}.json`, `${JSON.stringify(content, null, 2)}\n`];
    }),
  );
}

function codecOf({ channels }: Generated, name: string): Codec {
  const codec = channels.find((channel) => channel.name === name);
  if (codec === undefined) throw new Error(`the contract has no channel ${name}`);
  return codec;
}

/** The example's types are those of its channel. One that carries records of other channels encodes a record. */
function encoded({ check, encode }: Codec, { payload, headers }: Example): ProducedRecord {
  const message = check === undefined ? { key: null, value: Buffer.from(String(payload)) } : payload;
  return encode(message as never, headers as never);
}
