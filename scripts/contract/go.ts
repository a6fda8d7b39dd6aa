/** Packs the Go module of the contract: generated code, what is written by hand, and the contract's examples as golden files. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { channels } from '../../generated/contract/channels.js';
import { examples } from '../../generated/contract/examples.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { writeFiles } from '../../generator/src/files.ts';
import { renderGo } from '../../generator/src/go/render.ts';
import { ROOT } from '../../src/operator/folders.ts';

/** The path of the module. */
const MODULE = 'example.com/pet-service/petcontract';
const DOCUMENT = 'asyncapi.yaml';
const HAND_WRITTEN = join(ROOT, 'contract/go');

/** The record of an example in bytes, written as hex. */
export interface GoldenRecord {
  readonly channel: string;
  readonly message: string;
  readonly name: string;
  readonly key: string;
  readonly value: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** Writes the module `petcontract` into a folder: only files that are generated are replaced or removed there. */
export async function packGo(outputFolder: string): Promise<void> {
  const { files } = await renderGo(await readFile(join(ROOT, DOCUMENT), 'utf8'), DOCUMENT, MODULE);
  await writeFiles(outputFolder, files);
  await cp(HAND_WRITTEN, outputFolder, { recursive: true });
  await cp(join(ROOT, 'LICENSE'), join(outputFolder, 'LICENSE'));
  await mkdir(join(outputFolder, 'testdata'), { recursive: true });
  await writeFile(join(outputFolder, 'testdata/examples.json'), `${JSON.stringify(goldenRecords(), null, 1)}\n`);
}

/** Returns the record of each example of the contract, as the service itself encodes it. */
export function goldenRecords(): GoldenRecord[] {
  return examples.flatMap(({ channel, message, examples: list }) =>
    list.map(({ name, headers, payload }) => {
      const record = encoded(channel, payload, headers);
      return {
        channel,
        message,
        name,
        key: record.key?.toString('hex') ?? '',
        value: record.value?.toString('hex') ?? '',
        headers: Object.entries(record.headers).map(([key, value]) => ({
          key,
          value: Buffer.from(value as Buffer | string).toString('hex'),
        })),
      };
    }),
  );
}

/** Encodes any message of any channel: the example's types are those of its channel. */
function encoded(name: string, payload: unknown, headers: object): ProducedRecord {
  const channel = channels.find((one) => one.name === name) as
    { readonly check?: unknown; readonly encode: (message: unknown, headers: object) => ProducedRecord } | undefined;
  if (channel === undefined) throw new Error(`the contract has no channel ${name}`);
  return channel.encode(
    channel.check === undefined ? { key: null, value: Buffer.from(String(payload)) } : payload,
    headers,
  );
}
