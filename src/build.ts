import { readFileSync } from 'node:fs';

const manifest = new URL('../package.json', import.meta.url);

/** Name and version of this release, from package.json. */
export const { name: SERVICE_NAME, version: VERSION } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  readonly name: string;
  readonly version: string;
};
