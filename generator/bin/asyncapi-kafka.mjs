#!/usr/bin/env node
/** Runs the command: from its source in the repository, from dist/ in the published package, which has no source. */
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { engines } = createRequire(import.meta.url)('../package.json');
const needed = engines.node.replace(/^\D+/, '');
const isOlder = process.versions.node.localeCompare(needed, 'en', { numeric: true }) < 0;

if (isOlder) {
  process.stderr.write(`asyncapi-kafka: needs Node.js ${needed} or later, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // Node keeps compiled code there: packages load in half the time. The variable is for threads.
  process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  const source = new URL('../src/cli.ts', import.meta.url);
  const { main } = await import(existsSync(source) ? source : new URL('../dist/cli.js', import.meta.url));
  process.exitCode = await main(process.argv.slice(2));
}
