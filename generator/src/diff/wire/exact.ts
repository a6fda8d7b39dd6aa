/** What `oneOf` means for a client, which accepts fields that it does not know: with them, a value may be like several alternatives. */
import type { ContractMessage } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import type { Validated } from '../schema/validators.ts';

export interface ExactSchemas {
  /** Of the values that have no fields which are unknown to the client. */
  readonly known: object | boolean;
  /** These must be exactly one alternative: any validator of the document finds that. */
  readonly schema: object | boolean;
}

const OPEN = { hasOpenEnums: true, isBounded: false };
const cache = new WeakMap<ContractMessage, ExactSchemas | undefined>();

/** Returns the schemas; undefined if a payload has no alternatives of which there must be one. */
export function exactSchemas(message: ContractMessage): ExactSchemas | undefined {
  if (!cache.has(message)) {
    const schema = schemaOf(message.payload, { isClosed: false, ...OPEN });
    const known = schemaOf(message.payload, { isClosed: true, mayBeSeveral: true, ...OPEN });
    cache.set(message, alternativesIn(schema) === alternativesIn(known) ? undefined : { known, schema });
  }
  return cache.get(message);
}

const alternativesIn = (schema: object | boolean) => JSON.stringify(schema).split('"oneOf":').length;

/** Returns a validator that applies a further one to values that are known. */
export function both(validator: Validated, known: Validated, exact: Validated): Validated {
  return {
    schema: validator.schema,
    isValid: (value) => validator.isValid(value) && (!known.isValid(value) || exact.isValid(value)),
    errorsOf(value) {
      const errors = validator.errorsOf(value);
      return errors.length > 0 || !known.isValid(value) ? errors : exact.errorsOf(value);
    },
  };
}
