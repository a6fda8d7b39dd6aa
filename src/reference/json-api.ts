/** What other services answer: JSON:API 1.0 documents (jsonapi.org), checked for just what is used of them. */
import { Ajv } from 'ajv';

export const JSON_API = 'application/vnd.api+json';

/** A resource as far as every one goes. */
export interface JsonApiResource<Attributes = unknown> {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** The resource that was asked for, and others that came along. */
export interface JsonApiDocument<Data = unknown> {
  readonly data: Data;
  readonly included?: readonly Pick<JsonApiResource, 'type' | 'id'>[];
}

/** Takes what was answered for what it should be. @throws {Error} naming the first place that is otherwise. */
export type AnswerReader<Value> = (answered: unknown) => Value;

type Properties = Readonly<Record<string, object>>;

const ajv = new Ajv();

export function integer(minimum: number, maximum: number) {
  return { type: 'integer', minimum, maximum };
}

export const TEXT = { type: 'string' };
export const INT16 = integer(-32_768, 32_767);
export const UINT16 = integer(0, 65_535);
export const UINT32 = integer(0, 4_294_967_295);

/** The schema of an object that has the one kind of properties, may have the other, and any that nobody reads. */
export function object(required: Properties, optional: Properties = {}) {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** Reads what has this JSON Schema. */
export function readerOf<Value>(schema: object): AnswerReader<Value> {
  const validate = ajv.compile<Value>(schema);
  return (answered) => {
    if (validate(answered)) return answered;
    const [fault] = validate.errors ?? [];
    throw new Error(`${fault?.instancePath || 'the whole'} ${fault?.message ?? 'is not valid'}`);
  };
}

/** Reads a document whose data has this schema. */
export function documentReader<Data>(data: object): AnswerReader<JsonApiDocument<Data>> {
  return readerOf(object({ data }, { included: { type: 'array', items: object({ type: TEXT, id: TEXT }) } }));
}

/** The included resources of a type, by their ids. @throws {Error} where one of them cannot be read. */
export function includedOf<Value>(
  { included = [] }: JsonApiDocument,
  type: string,
  read: AnswerReader<Value>,
): Map<string, Value> {
  return new Map(
    included.filter((resource) => resource.type === type).map((resource) => [resource.id, read(resource)]),
  );
}
