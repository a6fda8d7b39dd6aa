import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for payloads. Each is for some keywords of JSON Schema. */
export interface PayloadRule extends Rule {
  readonly keywords: readonly string[];
}

export const PAYLOAD_RULES: readonly PayloadRule[] = [
  {
    id: 'field-required',
    title: 'A field is required that may be missing',
    directions: BOTH,
    keywords: ['required', 'dependencies', 'minProperties'],
    about:
      'Received: the service requires a field that clients need not send. Sent: the service may leave out a field that readers rely on.',
    remedy: 'Received: make the field optional, and decide what its absence means. Sent: keep sending it.',
  },
  {
    id: 'type-changed',
    title: 'A value has another type',
    directions: BOTH,
    keywords: ['type'],
    about: 'The reader does not accept each type that the writer may send.',
    remedy: 'Keep the type, and add a field with the new one.',
  },
  {
    id: 'values-changed',
    title: 'A value is none of those that the reader lists',
    directions: BOTH,
    keywords: ['const', 'enum'],
    about:
      'Received: a value is no longer accepted. Sent: there is a value that readers do not know, and the list is not open (`x-open-enum`).',
    remedy: 'Received: keep the value. Sent: declare the list as open in a major version, and add values later.',
  },
  {
    id: 'range-changed',
    title: "A number is out of the reader's range",
    directions: BOTH,
    keywords: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
    about: 'The writer may send numbers that the reader refuses. Formats of integers, such as `int32`, are bounds.',
    remedy: 'Received: keep the old range. Sent: keep to the range that readers know.',
  },
  {
    id: 'length-changed',
    title: 'A text is shorter or longer than the reader accepts',
    directions: BOTH,
    keywords: ['minLength', 'maxLength'],
    about: 'The writer may send texts of a length that the reader refuses.',
    remedy: 'Received: keep the old limits. Sent: keep to the limits that readers know.',
  },
  {
    id: 'form-changed',
    title: 'A text does not have the form that the reader expects',
    directions: BOTH,
    keywords: ['pattern', 'format'],
    about:
      "The writer may send texts that do not match the reader's pattern or format. Expressions are compared by the texts that they match.",
    remedy: 'Received: accept the old form too. Sent: keep to the form that readers know, or add a field.',
  },
  {
    id: 'list-changed',
    title: 'A list is not as the reader expects',
    directions: BOTH,
    keywords: ['minItems', 'maxItems', 'uniqueItems', 'items', 'additionalItems', 'contains'],
    about: 'The writer may send lists with more, fewer, other or equal items.',
    remedy: 'Received: accept the old lists too. Sent: keep to the lists that readers know.',
  },
  {
    id: 'fields-closed',
    title: 'A field is there that the reader does not accept',
    directions: BOTH,
    keywords: ['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'maxProperties', 'patternProperties', 'properties', 'false schema', 'false'], // prettier-ignore
    about:
      'The reader forbids other fields than those that it lists. Only readers that are declared as strict do that with what the service sends.',
    remedy: 'Received: accept unknown fields. Sent: ask the strict readers first.',
  },
  {
    id: 'alternatives-changed',
    title: "A value is none of the reader's alternatives, or several of them",
    directions: BOTH,
    keywords: ['anyOf', 'oneOf', 'allOf'],
    about: 'The writer may send a value that fits no alternative of `anyOf`, or not exactly one of `oneOf`.',
    remedy: 'Keep the old alternatives; let a constant field distinguish them.',
  },
  {
    id: 'condition-changed',
    title: 'A value is excluded by a condition',
    directions: BOTH,
    keywords: ['not', 'if', 'then', 'else', 'depth'],
    about: 'The reader excludes values, by `not` or by conditions, that the writer may send.',
    remedy: 'Forbid nothing that was allowed before.',
  },
  {
    id: 'payload-extended',
    title: 'A payload may have more than before',
    directions: BOTH,
    keywords: [],
    about: 'Fields or values are added in a way that no reader refuses.',
    remedy: 'Nothing to do.',
  },
];
