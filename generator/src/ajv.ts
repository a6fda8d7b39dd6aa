/** Ajv as validators are made by it, and the formats that they check. */
import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats/dist/formats.js';

// Upper and lower case mean the same UUID.
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// As the library's references, with a scheme: each URI is a reference.
const URI = /^[a-z][a-z0-9+\-.]*:(?:\/?\/)?(?:[^\\\s#][^\s#]*)?(?:#[^\\\s]*)?$/i;

/** The formats whose rule is an expression; the other ones are only notes for people, or bounds of numbers. */
export const FORMATS: Readonly<Record<string, RegExp | true>> = {
  ...Object.fromEntries(
    Object.entries(formats.fastFormats).map(([name, format]) => {
      const rule: unknown = typeof format === 'object' && 'validate' in format ? format.validate : format;
      return [name, rule instanceof RegExp ? rule : true];
    }),
  ),
  uuid: UUID,
  uri: URI,
};

export function createAjv(options: object = {}): Ajv2019 {
  return new Ajv2019({
    formats: FORMATS,
    strict: false,
    strictNumbers: true,
    ownProperties: true,
    logger: false,
    ...options,
  });
}
