/** The gate reads records as generated code does. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChannelReader } from '../../src/diff/wire/reader.ts';
import { Validators } from '../../src/diff/schema/validators.ts';
import { contractOf } from '../../src/contract.ts';
import { readDocument } from '../../src/diff/load.ts';
import { breaches } from '../breaches.ts';
import { casesOf, encoded } from '../cases.ts';
import { generated, removeGenerated } from '../rendered.ts';

afterAll(removeGenerated);

const noFiles = (): never => {
  throw new Error('there are no other files');
};

const buffers = (headers: Readonly<Record<string, Buffer | string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

describe.each(['ferry.yaml', 'kiosk.yaml'])('%s', (name) => {
  it.each(['service', 'client'] as const)('reads like the code of a %s', async (role) => {
    const result = await generated(name, role);
    const text = readFileSync(join(import.meta.dirname, '../documents', name), 'utf8');
    const { contract } = contractOf(readDocument(text, name, noFiles), name, role);
    const validators = new Validators();
    let compared = 0;
    for (const one of casesOf(result)) {
      const channel = contract.channels.find(({ key }) => key === one.channel.key)!;
      const reader = new ChannelReader(channel, contract.traits, role, validators);
      const record = encoded(one);
      const values =
        one.channel.format === 'json' ? breaches(one.message.payload, one.payload).map(({ value }) => value) : [];
      const records = [
        record,
        { ...record, headers: {} },
        ...Object.keys(record.headers ?? {}).map((header) => ({
          ...record,
          headers: { ...record.headers, [header]: '\u0000x' },
        })),
        ...values.map((value) => ({ ...record, value: Buffer.from(JSON.stringify(value)) })),
        { ...record, value: Buffer.from('{') },
      ];
      for (const each of records) {
        const { kind, pointer } = one.binding.decode({ ...each, headers: buffers(each.headers) });
        const read = reader.read({ key: null, headers: buffers(each.headers), value: each.value ?? Buffer.from('') });
        expect([channel.key, each.value?.toString(), read.kind]).toEqual([channel.key, each.value?.toString(), kind]);
        if (read.kind === 'invalid' && pointer !== undefined) expect(read.pointer).toBe(pointer);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });
});
