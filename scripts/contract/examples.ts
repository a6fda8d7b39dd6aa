import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContractChannel, HeaderValue, ProducedRecord } from '../../generated/contract/record.js';

/** A generated package, as far as its examples need it. */
interface Package {
  readonly channels: readonly (ContractChannel<unknown, unknown> & { readonly name: string })[];
  readonly examples: readonly {
    readonly channel: string;
    readonly message: string;
    readonly examples: readonly {
      readonly name: string;
      readonly summary: string;
      readonly payload: unknown;
      readonly headers: object;
    }[];
  }[];
}

/** Returns each example of the contract with its bytes, by its path. @param folder of the generated package. */
export async function examplesOf(folder: string): Promise<Record<string, string>> {
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href) as Promise<Package>;
  const [{ channels }, { examples }] = await Promise.all([load('index.js'), load('examples.js')]);
  const files = examples.flatMap(({ channel: name, message, examples: list }) => {
    const channel = channels.find((each) => each.name === name);
    if (channel === undefined) throw new Error(`no channel ${name}`);
    // A channel that carries records of others has no messages of its own.
    if (!('check' in channel)) return [];
    return list.map((example) => {
      const record = channel.encode(example.payload, example.headers);
      const content = {
        message,
        example: example.name,
        summary: example.summary,
        channel: name,
        topic: channel.address,
        ...bytesOf(record),
      };
      return [
        `examples/${message}.${example.name}.json`,
        `${JSON.stringify({ ...content, payload: example.payload }, null, 2)}\n`,
      ];
    });
  });
  return Object.fromEntries(files) as Record<string, string>;
}

/** All bytes as hexadecimal text; headers in the order in which they are sent. */
function bytesOf({ key, value, headers }: ProducedRecord) {
  const hex = (bytes: HeaderValue | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
  return {
    key: hex(key),
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, hex(header as HeaderValue)])),
    value: hex(value),
  };
}
