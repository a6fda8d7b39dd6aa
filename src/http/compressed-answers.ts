/** Answers that many clients request: compressed once, then sent to all from the same bytes. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The best compression first. */
const ENCODINGS = ['br', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];

export interface CompressedAnswer {
  readonly type: string;
  /** A weak ETag, the same for every encoding. */
  readonly etag: string;
  readonly plain: Buffer;
  readonly encoded: Partial<Readonly<Record<Encoding, Buffer>>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that let a browser do nothing with a text except show it. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Compresses a page that never changes, at the highest quality. */
export async function compressPage(type: string, text: string): Promise<CompressedAnswer> {
  const plain = Buffer.from(text);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(plain, quality), promisify(gzip)(plain)]);
  return {
    type,
    etag: etagOf(plain),
    plain,
    encoded: { br, gzip: zipped },
    headers: {
      ...SAFE_HEADERS,
      'content-security-policy': contentSecurityPolicy(text),
      'cache-control': 'no-cache',
    },
  };
}

/** Compresses a text that changes with each request, fast. */
export async function compressText(type: string, text: string): Promise<CompressedAnswer> {
  const plain = Buffer.from(text);
  const zipped = await promisify(gzip)(plain);
  return {
    type,
    etag: etagOf(plain),
    plain,
    encoded: { gzip: zipped },
    headers: { ...SAFE_HEADERS, 'cache-control': 'no-store' },
  };
}

/** Sends the answer in the best encoding that the client accepts, or 304 if the client has it. */
export function sendCompressed(request: FastifyRequest, reply: FastifyReply, answer: CompressedAnswer): FastifyReply {
  const { type, etag, plain, encoded, headers } = answer;
  reply.headers({ ...headers, etag, vary: 'accept-encoding' });
  if (hasEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const accepted = acceptedEncodings(request.headers['accept-encoding']);
  const encoding = ENCODINGS.find((name) => accepted.has(name) && encoded[name] !== undefined);
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type(type).send((encoding && encoded[encoding]) ?? plain);
}

function etagOf(bytes: Buffer): string {
  return `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}

function hasEtag(ifNoneMatch = '', etag: string): boolean {
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || `W/${one.trim().replace(/^W\//, '')}` === etag);
}

/** Returns the names in an Accept-Encoding header, without those that it forbids (`;q=0`). */
function acceptedEncodings(header: string | string[] = ''): ReadonlySet<string> {
  const names = String(header)
    .toLowerCase()
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()))
    .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
    .map(([name = '']) => name);
  return new Set(names);
}

/** Allows only the styles and scripts in the page itself: the browser loads nothing, and no other site can frame the page. */
function contentSecurityPolicy(html: string): string {
  const hashes = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, 'g'))].map(
      ([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`,
    );
  const inline = (['style', 'script'] as const).flatMap((tag) => {
    const found = hashes(tag);
    return found.length === 0 ? [] : [`${tag}-src ${found.join(' ')}`];
  });
  return ["default-src 'none'", ...inline, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );
}
