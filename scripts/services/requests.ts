/** Parses and checks the requests to the reference services. */
import type { IncomingMessage } from 'node:http';

export const SERVICES = ['characters', 'data', 'inventory', 'skills'] as const;
export type StubService = (typeof SERVICES)[number];

const JSON_API = 'application/vnd.api+json';

export type StubQuestion =
  | { readonly about: 'character'; readonly service: 'characters'; readonly id: number }
  | { readonly about: 'foothold'; readonly service: 'data'; readonly id: number }
  | { readonly about: 'template'; readonly service: 'data'; readonly id: number }
  | { readonly about: 'inventory'; readonly service: 'inventory'; readonly id: number }
  | { readonly about: 'skills'; readonly service: 'skills'; readonly id: number; readonly page: number };

/** Returns the question of a path below the base URL, with its query; undefined if no service has such a path. */
export function questionOf(text: string): StubQuestion | undefined {
  const [path = '', query] = text.split('?');
  const [first, second, third, fourth, fifth, ...more] = path.split('/');
  if (more.length > 0) return undefined;
  if (first === 'data') {
    const id = uint32(third);
    if (id === undefined || query !== undefined) return undefined;
    if (second === 'pets' && fourth === undefined) return { about: 'template', service: 'data', id };
    const below = second === 'maps' && fourth === 'footholds' && fifth === 'below';
    return below ? { about: 'foothold', service: 'data', id } : undefined;
  }
  const id = uint32(second);
  if (first !== 'characters' || id === undefined || fourth !== undefined) return undefined;
  if (third === undefined && query === 'fields[characters]=x,y,stance')
    return { about: 'character', service: 'characters', id };
  if (third === 'inventory' && query === undefined) return { about: 'inventory', service: 'inventory', id };
  const page = query === undefined ? 1 : uint32(/^page\[number\]=(\d+)$/.exec(query)?.[1]);
  return third === 'skills' && page ? { about: 'skills', service: 'skills', id, page } : undefined;
}

function uint32(text = ''): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const isVersion = (value: string) => /^(0|[1-9]\d{0,4})$/.test(value) && Number(value) <= 65_535;

/** The headers that a request must have exactly once, by their names in lower case. */
const IS_VALID_HEADER: Readonly<Record<string, (value: string) => boolean>> = {
  tenant_id: (value) => UUID.test(value),
  region: (value) => /^[\x20-\x7e]+$/.test(value),
  major_version: isVersion,
  minor_version: isVersion,
  traceparent: (value) => TRACEPARENT.test(value),
  accept: (value) => value === JSON_API,
};

/** Returns the faults of a request, a sentence each. */
export function faultsOf(request: IncomingMessage, question: StubQuestion | undefined, body: string): string[] {
  const faults: string[] = [];
  for (const [name, isValid] of Object.entries(IS_VALID_HEADER)) {
    const values = request.headersDistinct[name] ?? [];
    if (values.length !== 1 || !isValid(values[0] ?? '')) faults.push(`${name} is ${JSON.stringify(values)}`);
  }
  if (question === undefined) return [...faults, 'there is no such path'];
  const method = question.about === 'foothold' ? 'POST' : 'GET';
  if (request.method !== method) faults.push(`the method should be ${method}`);
  if (method === 'GET') return body === '' ? faults : [...faults, 'it has a body'];
  const { 'content-type': type = 'none' } = request.headers;
  if (type !== JSON_API) faults.push(`its content type is ${type}`);
  if (!isPosition(body)) faults.push(`its body is ${body}`);
  return faults;
}

/** Exactly `{"data": {"type": "positions", "id": "0", "attributes": {"x": 1, "y": 2}}}`, x and y int16. */
function isPosition(body: string): boolean {
  const number = '(0|-?[1-9]\\d{0,4})';
  const [, ...point] =
    new RegExp(`^{"data":{"type":"positions","id":"0","attributes":{"x":${number},"y":${number}}}}$`).exec(body) ?? [];
  return point.length === 2 && point.map(Number).every((value) => value >= -32_768 && value <= 32_767);
}
