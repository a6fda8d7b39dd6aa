import type { ContractDocument, MessageDocument, Schema } from './document.ts';

const REFERENCE = '#/components/schemas/';
/** What only AsyncAPI knows. */
const ASYNCAPI_KEYWORDS = new Set(['discriminator', 'externalDocs']);

/**
 * Returns a JSON Schema of the payload of each message, by its path: complete in itself, with the schemas that it uses in `$defs`.
 * They accept unknown fields, and unknown values of open enums, since a later version may have some.
 */
export function schemasOf(contract: ContractDocument): Record<string, string> {
  const messages = Object.entries(contract.messages).filter(([, { contentType }]) => contentType === undefined);
  return Object.fromEntries(
    messages.map(([name, message]) => [
      `schemas/${name}.schema.json`,
      `${JSON.stringify(schemaOf(name, message, contract), null, 2)}\n`,
    ]),
  );
}

function schemaOf(name: string, { payload }: MessageDocument, { id, version, schemas }: ContractDocument): Schema {
  const used = new Map<string, unknown>();
  const resolve = (reference: string) => {
    const target = reference.slice(REFERENCE.length);
    const schema = schemas[target];
    if (!reference.startsWith(REFERENCE) || schema === undefined)
      throw new Error(`message ${name} refers to ${reference}, which is no schema of the contract`);
    if (!used.has(target)) {
      // Before what it refers to: a schema may contain itself.
      used.set(target, undefined);
      used.set(target, converted(schema, resolve));
    }
    return `#/$defs/${target}`;
  };
  const root = converted(payload, resolve) as Schema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${id}:${version}:${name}`,
    ...root,
    $defs: Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Copies a schema without what is not JSON Schema. */
function converted(value: unknown, resolve: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => converted(each, resolve));
  if (typeof value !== 'object' || value === null) return value;
  if ('x-open-enum' in value) return converted(withoutValues(value), resolve);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !key.startsWith('x-') && !ASYNCAPI_KEYWORDS.has(key) && !isClosing(key, inner))
      .map(([key, inner]) => [
        key,
        key === '$ref' && typeof inner === 'string' ? resolve(inner) : converted(inner, resolve),
      ]),
  );
}

/** The known values of an open enum are examples: a later version may send others. */
function withoutValues({ 'x-open-enum': _, oneOf = [], enum: values = [], ...schema }: OpenEnum): object {
  return { ...schema, examples: [...oneOf.map((one) => one.const), ...values] };
}

interface OpenEnum {
  readonly 'x-open-enum'?: unknown;
  readonly oneOf?: readonly { readonly const: string }[];
  readonly enum?: readonly string[];
}

const isClosing = (key: string, value: unknown) => key === 'additionalProperties' && value === false;
