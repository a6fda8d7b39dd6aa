/** The generated validators are readable versions of Ajv's, and must return the same results. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as generated from '../../generated/contract/validators.js';
import { contractOf } from '../../generator/src/contract.ts';
import { loadDocument } from '../../generator/src/document.ts';
import { createAjv } from '../../generator/src/ajv.ts';
import { schemaOf } from '../../generator/src/schemas.ts';
import { ROOT } from '../../src/operator/folders.ts';

const document = await loadDocument(await readFile(join(ROOT, 'asyncapi.yaml'), 'utf8'), 'asyncapi.yaml');
const messages = contractOf(document, 'asyncapi.yaml', 'service')
  .contract.channels.filter(({ format }) => format === 'json')
  .flatMap((channel) => channel.messages);
const validators = generated as unknown as Readonly<Record<string, Validator>>;

interface Validator {
  (data: unknown): boolean;
  errors?: readonly { instancePath: string; keyword: string; params: object }[] | null;
}

const EDGES = [-32_769, -32_768, -1, 0, 1, 255, 256, 30_000, 30_001, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 0.5, NaN]; // prettier-ignore
const anything = fc.oneof(
  fc.constantFrom<unknown>(...EDGES, null, true, '', 'x', 'x'.repeat(14), crypto.randomUUID(), {}, [], [1, 1], [1, 2]),
  fc.jsonValue(),
);
/** A change of one field of an object or list, or of one that it does not have: removed, or set to any value. */
const change = fc.record({
  deep: fc.boolean(),
  at: fc.nat(15),
  name: fc.constantFrom(undefined, 'extra', 'constructor'),
  value: anything,
  isRemoved: fc.boolean(),
});

function changed(
  payload: unknown,
  { deep, at, name, value, isRemoved }: ReturnType<typeof change.generate>['value'],
): unknown {
  const copy = structuredClone(payload) as Record<string, unknown>;
  const body = copy['body'];
  const target = deep && typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : copy;
  const names = Object.keys(target);
  const field = name ?? names[at % names.length] ?? 'extra';
  if (isRemoved) Reflect.deleteProperty(target, field);
  else target[field] = value;
  return copy;
}

describe.each(messages)('$payloadType', ({ isClosed, payload, payloadType, examples }) => {
  const original = createAjv({ messages: false }).compile(schemaOf(payload, { isClosed }));
  const validate = validators[`validate${payloadType}`];

  it('gets the same result as from Ajv', () => {
    const payloads = fc.oneof(
      anything,
      fc.tuple(fc.constantFrom(...examples), fc.array(change, { maxLength: 2 })).map(([example, changes]) => changes.reduce(changed, example.payload)), // prettier-ignore
    );
    fc.assert(
      fc.property(payloads, (candidate) => {
        const valid = original(candidate);
        expect(validate?.(candidate)).toBe(valid);
        const [error] = original.errors ?? [];
        const { instancePath, keyword, params } = error ?? {};
        if (!valid) expect(validate?.errors).toEqual([{ instancePath, keyword, params }]);
      }),
      { numRuns: 400 },
    );
  });
});
