import { readFileSync } from 'node:fs';

const manifest = new URL('../package.json', import.meta.url);

/** The release that runs, as package.json names it. */
export const { name: SERVICE_NAME, version: VERSION } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  readonly name: string;
  readonly version: string;
};
