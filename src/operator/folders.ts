import { join, resolve } from 'node:path';

/** The checkout. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Everything embedded: jars, data, logs. Ignored by git; deleting it loses the data and nothing else. */
export const EMBEDDED = join(ROOT, '.embedded');
