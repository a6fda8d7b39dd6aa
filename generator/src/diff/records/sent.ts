/** The schemas of what may be sent. */
import type { Schema } from '../../document.ts';
import { propertiesOf } from '../../headers.ts';
import type { ContractMessage } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { closedInParts } from '../wire/closing.ts';
import { sentSchema } from '../wire/reader.ts';

const payloads = new WeakMap<ContractMessage, Linked>();
const headers = new WeakMap<ContractMessage, Linked>();

/** Returns the schema of the payloads that may be sent. */
export function sentPayload(message: ContractMessage): Linked {
  const known = payloads.get(message) ?? linked(closedInParts(sentSchema(message)));
  payloads.set(message, known);
  return known;
}

/** Returns the schema of the headers that may be sent. */
export function sentHeader(message: ContractMessage): Linked {
  const known = headers.get(message) ?? linked(withoutOthers(sentHeaderSchema(message)));
  headers.set(message, known);
  return known;
}

/** Returns the same as validators have it. Nobody can send a header that is required and not described. */
export function sentHeaderSchema(message: ContractMessage): object | boolean {
  const described = propertiesOf(message.headers);
  const possible = (schema: Schema): Schema => ({
    ...schema,
    ...(schema.required !== undefined && { required: schema.required.filter((name) => described.has(name)) }),
    ...(schema.allOf !== undefined && { allOf: schema.allOf.map(possible) }),
  });
  return schemaOf(possible(message.headers), { isClosed: true, isBounded: false });
}

/** A writer sends only headers that the contract has. Others, which any record may carry, have no meaning here. */
function withoutOthers(schema: object | boolean): object | boolean {
  if (typeof schema === 'boolean') return schema;
  const isCombined = ['allOf', 'anyOf', 'oneOf', 'if', 'dependencies'].some((name) => name in schema);
  return { ...schema, ...(isCombined ? { unevaluatedProperties: false } : { additionalProperties: false }) };
}
