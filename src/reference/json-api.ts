/** Reads the answers of other services: JSON:API 1.0 documents (jsonapi.org), of which only the fields in use are checked. */
import { mustExist } from '../invariant.ts';
import { createAjv } from '../json-schema.ts';

export const JSON_API = 'application/vnd.api+json';

/** The fields that every resource has. */
export interface JsonApiResource<Attributes = unknown> {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** The requested resource, and the related resources in the same answer. */
export interface JsonApiDocument<Data = unknown> {
  readonly data: Data;
  readonly included?: readonly Pick<JsonApiResource, 'type' | 'id'>[];
}

/** Checks the type of an answer and returns it. @throws {Error} naming the location of the first fault. */
export type AnswerReader<Value> = (answered: unknown) => Value;

type Properties = Readonly<Record<string, object>>;

const ajv = createAjv();

export function integer(minimum: number, maximum: number) {
  return { type: 'integer', minimum, maximum };
}

export const TEXT = { type: 'string' };
export const INT16 = integer(-32_768, 32_767);
export const UINT16 = integer(0, 65_535);
export const UINT32 = integer(0, 4_294_967_295);

/** Returns the schema of an object with required and optional properties. Further ones are ignored. */
export function object(required: Properties, optional: Properties = {}) {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** Returns a reader of values that are valid by a JSON Schema. */
export function readerOf<Value>(schema: object): AnswerReader<Value> {
  const validate = ajv.compile<Value>(schema);
  return (answered) => {
    if (validate(answered)) return answered;
    const [fault] = validate.errors ?? [];
    if (fault === undefined) throw new Error('the answer is not valid');
    throw new Error(`${fault.instancePath || 'the answer'} ${mustExist(fault.message, 'the message of a fault')}`);
  };
}

/** Returns a reader of documents whose `data` is valid by the schema. */
export function documentReader<Data>(data: object): AnswerReader<JsonApiDocument<Data>> {
  return readerOf(object({ data }, { included: { type: 'array', items: object({ type: TEXT, id: TEXT }) } }));
}

/** Returns the included resources of a type, by id. @throws {Error} if one of them cannot be read. */
export function includedOf<Value>(
  { included = [] }: JsonApiDocument,
  type: string,
  read: AnswerReader<Value>,
): Map<string, Value> {
  return new Map(
    included.filter((resource) => resource.type === type).map((resource) => [resource.id, read(resource)]),
  );
}
