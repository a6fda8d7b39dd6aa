/** Decides what the values of records are: JSON that is validated, text, or bytes. */
import type { MessageObject } from './document.ts';
import { isJsonSchema } from './schema-language.ts';
import type { Format } from './shape.ts';

/** Content types of JSON. */
export const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json$/;

interface FormatOf {
  readonly format: Format;
  /** Why the values are not JSON, if a user may not expect it. */
  readonly note?: string;
}

/** Returns what the values of a message are. Parameters of a content type do not count. */
export function formatOf({ contentType, payload }: MessageObject, defaultContentType = 'application/json'): FormatOf {
  const language = payload?.schemaFormat;
  if (language !== undefined && !isJsonSchema(language)) {
    return { format: 'bytes', note: `has a schema in ${language}, so its values are bytes in code` };
  }
  const type = (contentType ?? defaultContentType).split(';')[0]?.trim().toLowerCase() ?? '';
  if (JSON_TYPE.test(type)) return { format: 'json' };
  if (type === 'text/plain') return { format: 'text' };
  if (type === 'application/octet-stream') return { format: 'bytes' };
  return { format: 'bytes', note: `has the content type ${type}, so its values are bytes in code` };
}
