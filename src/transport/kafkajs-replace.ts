import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Replaces a module of kafkajs (pinned at 2.2.4), before the modules that import it are loaded.
 * @returns the original.
 */
export function replaceModule<Exports>(path: string, replacement: Exports): Exports {
  const file = require.resolve(`kafkajs/src/${path}`);
  const original = require(file) as Exports;
  const loaded = require.cache[file];
  if (loaded === undefined) throw new Error(`kafkajs has no ${path}: is it still version 2.2.4?`);
  loaded.exports = replacement;
  return original;
}
