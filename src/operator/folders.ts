import { join, resolve } from 'node:path';

/** The folder of the project. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Jars, data and logs of the embedded servers. Git ignores it; deleting it loses only the data. */
export const EMBEDDED = join(ROOT, '.embedded');
