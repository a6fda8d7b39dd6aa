import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../src/operator/folders.ts';

/** The contract's document, as text and as data. */
export interface ContractDocument {
  readonly yaml: string;
  readonly json: string;
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly messages: Readonly<Record<string, MessageDocument>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

export interface MessageDocument {
  readonly name: string;
  readonly title: string;
  readonly contentType?: string;
  readonly payload: Schema;
}

export type Schema = Readonly<Record<string, unknown>>;

interface Document {
  readonly id: string;
  readonly info: Pick<ContractDocument, 'title' | 'version'>;
  readonly components: Pick<ContractDocument, 'messages' | 'schemas'>;
}

/** Reads asyncapi.yaml, which is one file: its references are within it. */
export async function readContract(): Promise<ContractDocument> {
  const yaml = await readFile(join(ROOT, 'asyncapi.yaml'), 'utf8');
  const document = parse(yaml) as Document;
  const { id, info, components } = document;
  const { title, version } = info;
  const { messages, schemas } = components;
  return { yaml, json: `${JSON.stringify(document, null, 2)}\n`, id, title, version, messages, schemas };
}
