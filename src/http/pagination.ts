import { requestError } from './json-api.ts';

export interface PageRequest {
  /** From 1. */
  readonly number: number;
  /** Resources a page, 1 to 1000. */
  readonly size: number;
  readonly offset: number;
}

const NUMBER = { name: 'page[number]', most: 4_294_967_295, without: 1 } as const;
const SIZE = { name: 'page[size]', most: 1_000, without: 250 } as const;

/** The page that a query asks for. @throws {RequestError} 400, naming the parameter. */
export function readPageRequest(query: Readonly<Record<string, unknown>>): PageRequest {
  const number = read(query, NUMBER);
  const size = read(query, SIZE);
  return { number, size, offset: (number - 1) * size };
}

function read(query: Readonly<Record<string, unknown>>, { name, most, without }: typeof NUMBER | typeof SIZE): number {
  const text = query[name];
  if (text === undefined) return without;
  const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw requestError(400, 'PAGE_INVALID', `${name} must be one number from 1 to ${String(most)}`, { parameter: name });
}

/** What a page says of itself and of those beside it; there is a last page also where there is nothing. */
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
