import { describe, expect, it } from '@jest/globals';
import { forwardedOf, withForwarded } from '../src/context.ts';

const NAMES = ['ENVIRONMENT', 'shard', '__proto__', 'constructor'];
const forwarded = (headers: object) => Object.entries(forwardedOf({ ...headers }, NAMES));

describe('forwarded headers', () => {
  it('are the named headers that occur once, bytes unchanged, in the order of the names', () => {
    const bytes = Buffer.from([0, 0xff, 0x0d]);
    expect(forwarded({ shard: 'é', ENVIRONMENT: bytes, other: 'x' })).toEqual([
      ['ENVIRONMENT', bytes],
      ['shard', Buffer.from('é')],
    ]);
    expect(forwarded({ shard: [bytes] })).toEqual([['shard', bytes]]);
    expect(forwarded({ ['__proto__']: 'x', constructor: 'y' }).map(([name]) => name)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it.each([
    ['missing', undefined],
    ['without a value', null],
    ['there twice', [Buffer.from('a'), Buffer.from('a')]],
    ['of more than 256 bytes', Buffer.alloc(257)],
    ['of more than 256 bytes as text', 'é'.repeat(129)],
  ])('do not include one that is %s', (_what, header) => {
    expect(forwarded({ ENVIRONMENT: header })).toEqual([]);
  });

  it.each([Buffer.alloc(0), Buffer.alloc(256)])('may have 0 to 256 bytes', (bytes) => {
    expect(forwarded({ ENVIRONMENT: bytes })).toEqual([['ENVIRONMENT', bytes]]);
  });

  it('are added to the headers of a record', () => {
    const record = { key: null, value: Buffer.from('{}'), headers: { TENANT_ID: 'x' } };
    const tenant = { TENANT_ID: 'x', REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1 };
    const environment = forwardedOf({ ENVIRONMENT: 'dev' }, NAMES);
    expect(withForwarded(record, { ...tenant, forwarded: environment }).headers).toEqual({
      TENANT_ID: 'x',
      ENVIRONMENT: Buffer.from('dev'),
    });
    expect(withForwarded(record, { ...tenant, forwarded: forwardedOf({}, NAMES) })).toBe(record);
  });
});
