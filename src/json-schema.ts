import { Ajv } from 'ajv';
import type { Options } from 'ajv';

/**
 * Returns an Ajv that compiles the schemas of this code without checking them first. For the check each Ajv would compile
 * the schema of JSON Schema, which takes 20 to 40 ms of CPU time at every start. test/json-schema.test.ts checks the schemas instead.
 */
export function createAjv(options: Options = {}): Ajv {
  return new Ajv({ ...options, meta: false, validateSchema: false });
}
