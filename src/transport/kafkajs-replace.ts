import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Puts `replacement` in the place of a module of kafkajs (pinned at 2.2.4), before what uses it is loaded and keeps it.
 * @returns the original.
 */
export function replacePart<Part>(path: string, replacement: Part): Part {
  const file = require.resolve(`kafkajs/src/${path}`);
  const original = require(file) as Part;
  const loaded = require.cache[file];
  if (loaded === undefined) throw new Error(`kafkajs has no ${path}: is it still version 2.2.4?`);
  loaded.exports = replacement;
  return original;
}
