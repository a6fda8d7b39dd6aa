/** Packs the Go module of the contract: generated code, what is written by hand, and the contract's examples as golden files. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from '../../generator/src/files.ts';
import { renderGo } from '../../generator/src/go/render.ts';
import { ROOT } from '../../src/operator/folders.ts';
import type { GoldenRecord } from './examples.ts';

/** The path of the module. */
const MODULE = 'example.com/pet-service/petcontract';
const DOCUMENT = 'asyncapi.yaml';
const HAND_WRITTEN = join(ROOT, 'contract/go');

/**
 * Writes the module `petcontract` into a folder: only files that are generated are replaced or removed there.
 *
 * @param golden the records of the contract's examples.
 */
export async function packGo(outputFolder: string, golden: readonly GoldenRecord[]): Promise<void> {
  const { files } = await renderGo(await readFile(join(ROOT, DOCUMENT), 'utf8'), DOCUMENT, MODULE);
  await writeFiles(outputFolder, files);
  await cp(HAND_WRITTEN, outputFolder, { recursive: true });
  await cp(join(ROOT, 'LICENSE'), join(outputFolder, 'LICENSE'));
  await mkdir(join(outputFolder, 'testdata'), { recursive: true });
  await writeFile(join(outputFolder, 'testdata/examples.json'), `${JSON.stringify(golden, null, 1)}\n`);
}
