/** Ajv as validators are made by it, and the formats that they check. */
import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats/dist/formats.js';

// Upper and lower case mean the same UUID.
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// As the library's references, with a scheme: each URI is a reference.
const URI = /^[a-z][a-z0-9+\-.]*:(?:\/?\/)?(?:[^\\\s#][^\s#]*)?(?:#[^\\\s]*)?$/i;

// RFC 3339, as expressions that other languages read too. The library checks months and hours by functions, or not at all.
const LEAP_YEAR = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)`;
const DAY_OF_MONTH = String.raw`(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))`;
const DATE = String.raw`(?:\d{4}-${DAY_OF_MONTH}|${LEAP_YEAR}-02-29)`;
const TIME = String.raw`(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d|23:59:60)(?:\.\d+)?`;
const ZONE = String.raw`(?:z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)`;
const ofWhole = (source: string) => new RegExp(`^${source}$`, 'i');

/** Base64. The library has a function for it. */
const BYTE = /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i;

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
  byte: BYTE,
  date: ofWhole(DATE),
  time: ofWhole(`${TIME}${ZONE}`),
  'date-time': ofWhole(`${DATE}t${TIME}${ZONE}`),
  'iso-time': ofWhole(`${TIME}${ZONE}?`),
  'iso-date-time': ofWhole(String.raw`${DATE}[t\s]${TIME}${ZONE}?`),
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
