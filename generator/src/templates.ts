/** Runs the templates by the generator of AsyncAPI. Writes only to a temporary folder. */
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesIn } from './files.ts';
import type { Files } from './files.ts';

const require = createRequire(import.meta.url);
const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));
/** The package that the templates import, and the one that their compiled JSX imports: the first one depends on it. */
const SDK = '@asyncapi/generator-react-sdk';
const REACT = 'react';

/** Returns the templates as they are in the package. */
export function templates(): Promise<Files> {
  return filesIn(TEMPLATES);
}

/**
 * Runs compiled templates. They are written to a temporary folder, with links to the packages that they import, wherever npm has
 * installed these.
 */
export async function runTemplates(compiled: Files, document: object, contract: object): Promise<Files> {
  const work = await mkdtemp(join(tmpdir(), 'contract-'));
  try {
    const template = join(work, 'template');
    const output = join(work, 'output');
    for (const [path, content] of compiled) {
      await mkdir(dirname(join(template, path)), { recursive: true });
      await writeFile(join(template, path), content);
    }
    const sdk = require.resolve(`${SDK}/package.json`);
    await linkPackage(work, SDK, sdk);
    await linkPackage(work, REACT, createRequire(sdk).resolve(`${REACT}/package.json`));
    await mkdir(output);
    const AsyncApiGenerator = loadGenerator();
    const options = { forceWrite: true, install: false, compile: false, templateParams: { contract } };
    await new AsyncApiGenerator(template, output, options).generate(document);
    return await filesIn(output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function linkPackage(work: string, name: string, description: string): Promise<void> {
  const link = join(work, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(dirname(description), link, 'junction');
}

type GeneratorClass = new (
  template: string,
  output: string,
  options: object,
) => { generate: (document: object) => Promise<void> };

/** Loads the generator without npm. It searches for a global npm and fails without one, but needs npm only to install templates. */
function loadGenerator(): GeneratorClass {
  const fromGenerator = createRequire(require.resolve('@asyncapi/generator'));
  const requireg = fromGenerator('requireg') as { resolve: (name: string) => string };
  const find = requireg.resolve;
  requireg.resolve = (name) => (name === 'npm' ? 'index.js' : find(name));
  return require('@asyncapi/generator') as GeneratorClass;
}
