/** Finds faults of a contract that are not visible in a single part of its document. */
import type { ContractChannel, Trait } from './shape.ts';
import type { Schema } from './document.ts';

/** Returns the paths of object and enum schemas without a title: their types would have no name. */
export function nameless(schema: Schema, path: string): string[] {
  const named = schema.title !== undefined || (schema.properties === undefined && schema.enum === undefined);
  return [
    ...(named ? [] : [path]),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => nameless(property, `${path}.${name}`)),
    ...(schema.items === undefined ? [] : nameless(schema.items, `${path}[]`)),
  ];
}

/** Returns types of the same name: they could not be imported together. */
export function nameClashes(channels: readonly ContractChannel[]): string[] {
  const seen = new Map<string, string>();
  return channels.flatMap(({ messages, union, name }) => {
    const own = new Set([...messages.map((message) => message.payloadType), union]);
    if (own.size < messages.length + (messages.length === 1 && messages[0]?.payloadType === union ? 0 : 1)) {
      return [`channels.${name} has two types of one name among ${[...own].join(', ')}`];
    }
    return [...own].flatMap((type) => {
      const other = seen.get(type);
      seen.set(type, name);
      return other === undefined ? [] : [`channels.${name} and channels.${other} both have a type ${type}`];
    });
  });
}

/** Returns headers that get lost: a merge of several traits keeps only the last `required`, and code is made only from traits. */
export function lostHeaders(channels: readonly ContractChannel[], traits: readonly Trait[]): string[] {
  return channels.flatMap(({ name, headers, traits: own }) => {
    const sum = traits.filter(({ typeName }) => own.includes(typeName)).flatMap((trait) => trait.headers);
    const lost = sum.filter(
      (header) => header.required && !headers.find((merged) => merged.name === header.name)?.required,
    );
    const loose = headers.filter((header) => !sum.some((one) => one.name === header.name));
    return [
      ...lost.map((header) => `channels.${name} loses required header ${header.name} where its traits merge`),
      ...loose.map((header) => `channels.${name} has header ${header.name} outside of a trait`),
    ];
  });
}
