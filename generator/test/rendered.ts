/** Renders documents in this process, and imports the code that results. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contractOf } from '../src/contract.ts';
import { loadDocument } from '../src/document.ts';
import type { Files } from '../src/files.ts';
import { renderContract } from '../src/render.ts';
import type { Contract, Role } from '../src/shape.ts';

const require = createRequire(import.meta.url);
const DOCUMENTS = join(import.meta.dirname, 'documents');

export type Value = Readonly<Record<string, unknown>>;

export interface Fault {
  readonly pointer: string;
  readonly sentence: string;
}

/** A record as kafkajs takes and returns it. */
export interface KafkaRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Record<string, Buffer | string>;
}

export interface Decoded {
  readonly kind: 'message' | 'skip' | 'invalid';
  readonly message?: unknown;
  readonly headers?: Value;
  readonly type?: string;
  readonly pointer?: string;
}

/** A generated channel. */
export interface Binding {
  readonly name: string;
  readonly direction: string;
  readonly address: string | undefined;
  readonly headers: readonly string[];
  readonly topicOf?: (parameters: Record<string, string>) => string;
  readonly pattern?: RegExp;
  readonly decode: (record: KafkaRecord) => Decoded;
  readonly check?: (message: unknown) => Fault | undefined;
  readonly encode: (message: unknown, headers?: unknown, key?: unknown) => KafkaRecord;
}

interface ExampleList {
  readonly channel: string;
  readonly message: string;
  readonly examples: readonly { readonly payload: unknown; readonly headers: Value }[];
}

/** What was generated from a document. */
export interface Generated {
  readonly folder: string;
  readonly role: Role;
  readonly files: Files;
  readonly notes: readonly string[];
  /** The contract as the templates get it. */
  readonly contract: Contract;
  readonly examples: readonly ExampleList[];
  channel(name: string): Binding;
  /** Imports a file of the package. */
  load(path: string): Promise<Record<string, unknown>>;
}

const folders: string[] = [];

/** Generates a package from a document in the folder of documents, into a temporary folder. */
export async function generated(name: string, role: Role): Promise<Generated> {
  const text = await readFile(join(DOCUMENTS, name), 'utf8');
  const { files, notes } = await renderContract(text, name, { role });
  const { contract } = contractOf(await loadDocument(text, name), name, role);
  const parent = await mkdtemp(join(tmpdir(), 'contract-features-'));
  folders.push(parent);
  // The declarations use those of Node.
  await symlink(resolve(dirname(require.resolve('@types/node/package.json')), '../..'), join(parent, 'node_modules'));
  const folder = join(parent, 'contract');
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const load = (path: string) => import(pathToFileURL(join(folder, path)).href) as Promise<Record<string, unknown>>;
  const channels = (await load('channels.js'))['channels'] as readonly Binding[];
  const examples = (await load('examples.js'))['examples'] as readonly ExampleList[];
  const channel = (wanted: string) => channels.find((one) => one.name === wanted)!;
  return { folder, role, files, notes, contract, examples, channel, load };
}

/** Deletes what was generated. */
export async function removeGenerated(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
