import { requestError } from './json-api.ts';

export interface PageRequest {
  /** The first page is 1. */
  readonly number: number;
  /** Resources on a page, 1 to 1000. */
  readonly size: number;
  readonly offset: number;
}

const NUMBER = { name: 'page[number]', max: 4_294_967_295, byDefault: 1 } as const;
const SIZE = { name: 'page[size]', max: 1_000, byDefault: 250 } as const;

/** Reads the page parameters of a query. @throws {RequestError} 400, naming the parameter. */
export function readPageRequest(query: Readonly<Record<string, unknown>>): PageRequest {
  const number = read(query, NUMBER);
  const size = read(query, SIZE);
  return { number, size, offset: (number - 1) * size };
}

function read(query: Readonly<Record<string, unknown>>, { name, max, byDefault }: typeof NUMBER | typeof SIZE): number {
  const text = query[name];
  if (text === undefined) return byDefault;
  const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw requestError(400, 'PAGE_INVALID', `${name} must be one number from 1 to ${String(max)}`, { parameter: name });
}

/** Returns the JSON:API links and counts of a page. An empty list has one page. */
export function pageLinks(path: string, { number, size }: PageRequest, total: number) {
  const last = Math.max(1, Math.ceil(total / size));
  const link = (page: number) => `${path}?page%5Bnumber%5D=${String(page)}&page%5Bsize%5D=${String(size)}`;
  return {
    links: {
      self: link(number),
      ...(number > 1 && { prev: link(Math.min(number - 1, last)) }),
      ...(number < last && { next: link(number + 1) }),
    },
    meta: { total, page: { number, size, last } },
  };
}
