/** The schemas of what may be sent. */
import { withUndescribed } from '../../headers.ts';
import type { Schema } from '../../document.ts';
import { isObject } from '../../json-object.ts';
import type { ContractMessage } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { closedInParts } from '../wire/closing.ts';
import { withRequiredFields } from '../wire/required-fields.ts';
import { sentSchema } from '../wire/reader.ts';

const payloads = new WeakMap<ContractMessage, Linked>();
const headers = new WeakMap<ContractMessage, Linked>();

/** Returns the schema of the payloads that may be sent. */
export function sentPayload(message: ContractMessage): Linked {
  const known = payloads.get(message) ?? linked(closedInParts(sentSchema(message)));
  payloads.set(message, known);
  return known;
}

/** Returns the schema of the keys that may be sent. They have fields as payloads do. */
export const sentKey = (schema: Schema): object | boolean =>
  closedInParts(schemaOf(withRequiredFields(schema), { isClosed: true, isBounded: false }));

/** Returns the schema of the headers that may be sent. */
export function sentHeader(message: ContractMessage): Linked {
  const known = headers.get(message) ?? linked(withoutOthers(sentHeaderSchema(message)));
  headers.set(message, known);
  return known;
}

/** Returns the same as validators have it. A header that is required and not described may have any value. */
export const sentHeaderSchema = ({ headers: schema }: ContractMessage): object | boolean =>
  schemaOf(withUndescribed(schema), { isClosed: true, isBounded: false });

/** Whether a schema has a rule for all others. */
export const isRule = (others: unknown): boolean => isObject(others) && Object.keys(others).length > 0;

/** A writer sends only headers that the contract has. Others, which any record may carry, have no meaning here without a schema. */
function withoutOthers(schema: object | boolean): object | boolean {
  if (typeof schema === 'boolean' || ('additionalProperties' in schema && isRule(schema.additionalProperties)))
    return schema;
  const isCombined = ['allOf', 'anyOf', 'oneOf', 'if', 'dependencies'].some((name) => name in schema);
  return { ...schema, ...(isCombined ? { unevaluatedProperties: false } : { additionalProperties: false }) };
}
