/** The setting FORWARDED_HEADERS. */
import { channels } from '../generated/contract/channels.js';

const MAX_NAMES = 16;

/** The value that forwards nothing. */
const NONE = 'none';

/** The syntax of the setting: HTTP tokens, separated by commas. {@link namesFault} checks the other rules. */
export const FORWARDED_PATTERN = "^[\\w!#$%&'*+.^`|~-]{1,64}(,[\\w!#$%&'*+.^`|~-]{1,64})*$";

/** Headers with a meaning for one HTTP connection. Forwarded to another service, they would break the request. */
const OF_HTTP = [
  ...[
    'accept',
    'authorization',
    'connection',
    'content-encoding',
    'content-length',
    'content-type',
    'cookie',
    'expect',
  ],
  ...['host', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
];
const RESERVED = new Set([...OF_HTTP, ...channels.flatMap(({ headers }) => headers.map((name) => name.toLowerCase()))]);

/** Returns the names of the headers to forward. */
export function namesOf(setting: string): readonly string[] {
  return setting === NONE ? [] : setting.split(',');
}

/** Returns what is wrong with the names; undefined if nothing is. Upper and lower case are equal, as in HTTP. */
export function namesFault(names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase());
  const reserved = names.filter((name) => RESERVED.has(name.toLowerCase()));
  if (reserved.length > 0) return `names headers of the contract or of HTTP itself: ${reserved.join(', ')}`;
  if (names.length > MAX_NAMES) return `names ${names.length} headers, at most ${MAX_NAMES} are possible`;
  return new Set(lower).size < lower.length ? 'names a header twice' : undefined;
}
