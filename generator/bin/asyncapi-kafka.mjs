#!/usr/bin/env node
/** Runs the command: from its source in the repository, from dist/ in the published package, which has no source. */
import { existsSync } from 'node:fs';

const source = new URL('../src/cli.ts', import.meta.url);
const { main } = await import(existsSync(source) ? source : new URL('../dist/cli.js', import.meta.url));
process.exitCode = await main(process.argv.slice(2));
