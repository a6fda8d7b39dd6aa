import { describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { awardClosenessExamples } from '../../generated/contract/examples.js';
import type { RecordHeaders } from '../../generated/contract/record.js';

const TENANT = '083839c6-c47c-42a6-9585-76492795d123';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const headers = {
  TENANT_ID: Buffer.from(TENANT),
  REGION: Buffer.from('GMS'),
  MAJOR_VERSION: Buffer.from('0053', 'hex'),
  MINOR_VERSION: Buffer.from('0001', 'hex'),
  traceparent: Buffer.from(TRACE),
};

const AWARD = '{"actorId":12340,"petId":101,"type":"AWARD_CLOSENESS","body":{"amount":5}}';

function decode(value: string | Buffer | null, changed: RecordHeaders = {}) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return petCommand.decode({ key: null, value: bytes, headers: { ...headers, ...changed } });
}

function decoded(value: string, changed: RecordHeaders = {}) {
  const result = decode(value, changed);
  if (result.kind !== 'message') throw new Error(JSON.stringify(result));
  return result;
}

const award = (body: string) => `{"actorId":12340,"petId":101,"type":"AWARD_CLOSENESS",${body}}`;

describe('a record with', () => {
  // The faults are checked in this order: each record also has some of the later faults.
  const noTenant = { TENANT_ID: undefined };
  it.each([
    ['no value', null, noTenant, 'INVALID_JSON', ''],
    ['an empty value', '', noTenant, 'INVALID_JSON', ''],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), noTenant, 'INVALID_JSON', ''],
    ['a surrogate half in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), noTenant, 'INVALID_JSON', ''],
    ['a byte order mark', `\uFEFF${AWARD}`, noTenant, 'INVALID_JSON', ''],
    ['invalid JSON', '{"type":', noTenant, 'INVALID_JSON', ''],
    ['two values', `${AWARD}${AWARD}`, noTenant, 'INVALID_JSON', ''],
    ['null', 'null', noTenant, 'INVALID_PAYLOAD', ''],
    ['an array', '[]', noTenant, 'INVALID_PAYLOAD', ''],
    ['a string', '"AWARD_CLOSENESS"', noTenant, 'INVALID_PAYLOAD', ''],
    ['no type', '{}', noTenant, 'INVALID_PAYLOAD', '/type'],
    ['a type that is not a string', '{"type":1}', noTenant, 'INVALID_PAYLOAD', '/type'],
    ['a type that is null', '{"type":null}', noTenant, 'INVALID_PAYLOAD', '/type'],
    ['a type in a prototype', '{"__proto__":{"type":"SPAWN"}}', noTenant, 'INVALID_PAYLOAD', '/type'],
    ['an unknown type', '{"type":"RENAME"}', noTenant, 'UNKNOWN_TYPE', '/type'],
    ['a type of another case', '{"type":"spawn"}', noTenant, 'UNKNOWN_TYPE', '/type'],
    ['the type __proto__', '{"type":"__proto__"}', noTenant, 'UNKNOWN_TYPE', '/type'],
    ['the type constructor', '{"type":"constructor"}', noTenant, 'UNKNOWN_TYPE', '/type'],
    ['an empty type', '{"type":""}', noTenant, 'UNKNOWN_TYPE', '/type'],
    ['no tenant', '{"type":"SPAWN"}', noTenant, 'INVALID_HEADERS', '/TENANT_ID'],
    ['a missing field', '{"type":"SPAWN"}', {}, 'INVALID_PAYLOAD', '/actorId'],
  ] as const)('%s has the right code', (_name, value, changed, code, pointer) => {
    expect(decode(value, changed)).toMatchObject({ kind: 'invalid', code, pointer });
  });

  it('no headers has no tenant', () => {
    const record = { key: null, value: Buffer.from(AWARD) };
    expect(petCommand.decode(record)).toMatchObject({ code: 'INVALID_HEADERS', pointer: '/TENANT_ID' });
  });
});

const UINT16_RULE = 'it must be 2 bytes, a big-endian uint16';

describe('required headers', () => {
  it.each([
    ['TENANT_ID', undefined, 'is missing from the headers'],
    ['TENANT_ID', Buffer.from(''), 'is a header that must be a UUID'],
    ['TENANT_ID', Buffer.from(TENANT.slice(1)), 'is a header that must be a UUID'],
    ['TENANT_ID', Buffer.from(`${TENANT.slice(1)}g`), 'is a header that must be a UUID'],
    ['TENANT_ID', Buffer.from(TENANT.replaceAll('-', '')), 'is a header that must be a UUID'],
    ['TENANT_ID', [Buffer.from(TENANT), Buffer.from(TENANT)], 'is a header that is there more than once'],
    ['REGION', undefined, 'is missing from the headers'],
    ['REGION', Buffer.from(''), 'is a header that must be ASCII text of 1 to 64 characters'],
    ['REGION', Buffer.from('GMß'), 'is a header that must be ASCII text of 1 to 64 characters'],
    ['REGION', Buffer.from('R'.repeat(65)), 'is a header that must be ASCII text of 1 to 64 characters'],
    ['REGION', Buffer.alloc(900_000, 'R'), 'is a header that must be ASCII text of 1 to 64 characters'],
    ['REGION', [Buffer.from('GMS'), Buffer.from('GMS')], 'is a header that is there more than once'],
    ['MAJOR_VERSION', undefined, 'is missing from the headers'],
    ['MAJOR_VERSION', Buffer.from(' 83'), `is a header of the bytes 20 38 33; ${UINT16_RULE}`],
    ['MAJOR_VERSION', Buffer.from([83]), `is a header of the bytes 53; ${UINT16_RULE}`],
    [
      'MAJOR_VERSION',
      Buffer.from('83'),
      `is a header of the bytes 38 33, as text "83", as a uint16 14387 (83 is 00 53); ${UINT16_RULE}`,
    ],
    ['MAJOR_VERSION', '83', `is a header of the bytes 38 33, as text "83", as a uint16 14387 (83 is 00 53); ${UINT16_RULE}`], // prettier-ignore
    ['MAJOR_VERSION', Buffer.from('183'), `is a header of the bytes 31 38 33, as text "183" (183 is 00 b7); ${UINT16_RULE}`], // prettier-ignore
    ['MAJOR_VERSION', Buffer.from('99999'), `is a header of the bytes 39 39 39 39 39, as text "99999"; ${UINT16_RULE}`],
    [
      'MAJOR_VERSION',
      Buffer.alloc(900_000, '1'),
      `is a header of the bytes 31 31 31 31 31 31 31 31 ...; ${UINT16_RULE}`,
    ],
    ['MAJOR_VERSION', [headers.MAJOR_VERSION, headers.MAJOR_VERSION], 'is a header that is there more than once'],
    ['MINOR_VERSION', undefined, 'is missing from the headers'],
    ['MINOR_VERSION', Buffer.from(''), `is an empty header; ${UINT16_RULE}`],
    [
      'MINOR_VERSION',
      Buffer.from('01'),
      `is a header of the bytes 30 31, as text "01", as a uint16 12337 (01 is 00 01); ${UINT16_RULE}`,
    ],
  ])('%s: %p %s', (name, header, sentence) => {
    expect(decode(AWARD, { [name]: header })).toEqual({
      kind: 'invalid',
      code: 'INVALID_HEADERS',
      pointer: `/${name}`,
      sentence,
    });
  });

  it('are decoded from bytes; a tenant id in capitals is the same id', () => {
    const changed = { TENANT_ID: Buffer.from(TENANT.toUpperCase()), MAJOR_VERSION: Buffer.from('ffff', 'hex') };
    expect(decoded(AWARD, changed).headers).toMatchObject({
      TENANT_ID: TENANT,
      REGION: 'GMS',
      MAJOR_VERSION: 65535,
      MINOR_VERSION: 1,
    });
  });
});

describe('a version whose bytes are not two digits is accepted', () => {
  // At most one of the two bytes is a digit.
  it.each([0x3000, 0x2f30, 0x303a, 0x3a30, 0x0030, 0xffff])('%d', (version) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(version);
    expect(decoded(AWARD, { MAJOR_VERSION: bytes }).headers.MAJOR_VERSION).toBe(version);
  });
});

it('a region may have 64 characters', () => {
  expect(decoded(AWARD, { REGION: Buffer.from('R'.repeat(64)) }).headers.REGION).toBe('R'.repeat(64));
});

describe('a forwarded trace header is limited', () => {
  const members = (count: number) => Array.from({ length: count }, (_, at) => `k${at}=v`).join(',');
  it.each([
    ['tracestate', 512, 32],
    ['baggage', 8_192, 64],
  ] as const)('%s: at most %d characters and %d members', (name, length, count) => {
    const forwarded = (text: string) => decoded(AWARD, { [name]: Buffer.from(text) }).headers[name];
    for (const fitting of ['x'.repeat(length), members(count)]) expect(forwarded(fitting)).toBe(fitting);
    for (const long of ['x'.repeat(length + 1), members(count + 1), 'x'.repeat(900_000)])
      expect(forwarded(long)).toBeUndefined();
  });
});

describe('the trace', () => {
  const others = { tracestate: Buffer.from('vendor=1'), baggage: Buffer.from('session=4f1c') };

  it('is continued, with tracestate and baggage', () => {
    expect(decoded(AWARD, others).headers).toMatchObject({
      traceparent: TRACE,
      tracestate: 'vendor=1',
      baggage: 'session=4f1c',
    });
  });

  it.each([
    ['missing', undefined],
    ['empty', Buffer.from('')],
    ['of another version', Buffer.from(TRACE.replace(/^00/, '01'))],
    ['longer than its version allows', Buffer.from(`${TRACE}-00`)],
    ['in capitals', Buffer.from(TRACE.toUpperCase())],
    ['with a trace id of zeros', Buffer.from(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`)],
    ['with a span id of zeros', Buffer.from(`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`)],
    ['there twice', [Buffer.from(TRACE), Buffer.from(TRACE)]],
  ])('is replaced by a new one without tracestate if it is %s', (_name, traceparent) => {
    const first = decoded(AWARD, { ...others, traceparent }).headers;
    const second = decoded(AWARD, { ...others, traceparent }).headers;
    expect(first.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    expect(first.traceparent).not.toBe(second.traceparent);
    expect(first.tracestate).toBeUndefined();
    expect(first.baggage).toBe('session=4f1c');
  });

  it.each(['tracestate', 'baggage', 'DEAD_LETTER_REPLAY_OF'] as const)(
    'without %s if that is malformed or there twice',
    (name) => {
      expect(decoded(AWARD, { [name]: Buffer.from([0xff, 0x0a]) }).headers[name]).toBeUndefined();
      expect(decoded(AWARD, { [name]: [Buffer.from(TENANT), Buffer.from(TENANT)] }).headers[name]).toBeUndefined();
      expect(decoded(AWARD, { [name]: Buffer.from(TENANT) }).headers[name]).toBe(TENANT);
    },
  );
});

describe('a payload', () => {
  it.each([
    [award('"body":{}'), '/body/amount', 'is required'],
    [award('"x":1'), '/body', 'is required'],
    [award('"body":null'), '/body', 'must be object'],
    [award('"body":[]'), '/body', 'must be object'],
    [award('"body":{"amount":null}'), '/body/amount', 'must be integer'],
    [award('"body":{"amount":"5"}'), '/body/amount', 'must be integer'],
    [award('"body":{"amount":1.5}'), '/body/amount', 'must be integer'],
    [award('"body":{"amount":1e400}'), '/body/amount', 'must be integer'],
    [award('"body":{"amount":-1}'), '/body/amount', 'must be >= 0'],
    [award('"body":{"amount":65536}'), '/body/amount', 'must be <= 65535'],
    [award('"body":{"amount":5},"petId":4294967296'), '/petId', 'must be <= 4294967295'],
    [award('"body":{"amount":5},"transactionId":""'), '/transactionId', 'must be a UUID'],
    [award('"body":{"amount":5},"transactionId":1'), '/transactionId', 'must be string or null'],
    ['{"type":"SPAWN","petId":1,"actorId":1,"body":1}', '/body', 'must be object or null'],
    ['{"type":"SPAWN","petId":1,"actorId":1,"body":{"lead":1}}', '/body/lead', 'must be boolean or null'],
  ])('%s: %s %s', (value, pointer, sentence) => {
    expect(decode(value)).toEqual({ kind: 'invalid', code: 'INVALID_PAYLOAD', pointer, sentence });
  });

  it.each([
    ['a whole number with a fraction', award('"body":{"amount":1.0}'), 1],
    ['a whole number with an exponent', award('"body":{"amount":5e1}'), 50],
    ['a field twice, of which the last counts', award('"body":{"amount":"no","amount":7}'), 7],
    ['unknown fields', award('"zzz":1,"body":{"q":[1],"amount":8}'), 8],
    ['a transactionId that is null', award('"transactionId":null,"body":{"amount":9}'), 9],
    ['a transactionId in capitals', award(`"transactionId":"${TENANT.toUpperCase()}","body":{"amount":9}`), 9],
  ])('may have %s', (_name, value, amount) => {
    expect(decoded(value).message.body).toMatchObject({ amount });
  });

  it.each(['', ',"body":null', ',"body":{}', ',"body":{"lead":null}', ',"body":{"lead":true}'])(
    'may be a SPAWN with%p',
    (body) => {
      expect(decoded(`{"actorId":1,"petId":1,"type":"SPAWN"${body}}`).message.type).toBe('SPAWN');
    },
  );

  it('with an unknown type has a short error sentence', () => {
    const unknown = decode(JSON.stringify({ type: 'X'.repeat(100_000) }));
    expect(unknown.kind === 'invalid' && unknown.sentence.length).toBeLessThan(200);
  });
});

it('decodes the examples of the contract', () => {
  expect(awardClosenessExamples.map(({ payload }) => decoded(JSON.stringify(payload)).message)).toEqual(
    awardClosenessExamples.map(({ payload }) => payload),
  );
});
