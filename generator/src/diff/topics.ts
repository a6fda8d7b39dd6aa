/** The topics of a channel: its parameters stand for their values. */
import type { ServiceChannel } from './service.ts';

/** A parameter of an address. */
export interface Parameter {
  readonly enum?: readonly string[];
  readonly default?: string;
  readonly examples?: readonly string[];
  readonly location?: string;
}

/** The most topics of one channel that are compared one by one. */
const MAX_TOPICS = 1000;

/** Returns the parameters of the address, in its order. */
export function parametersOf({ object, contract }: ServiceChannel): [name: string, parameter: Parameter][] {
  const { parameters = {} } = object as { readonly parameters?: Readonly<Record<string, Parameter>> };
  return contract.parameters.map((name) => [name, parameters[name] ?? {}]);
}

/**
 * Returns all topics of a channel. A parameter whose values are not listed stays in them. Undefined if there is no address, or if there
 * are too many.
 */
export function topicsOf(channel: ServiceChannel): readonly string[] | undefined {
  const { address } = channel.contract;
  if (address === undefined) return undefined;
  const listed = parametersOf(channel).filter(([, parameter]) => parameter.enum !== undefined);
  return expanded(
    address,
    listed.map(([name, parameter]) => [name, parameter.enum]),
  );
}

/** What names of topics have. */
const IN_TOPICS = /^[\w.-]+$/;

/**
 * Returns a topic that has a value for each parameter.
 *
 * @param valueAt returns the value at the location of a parameter, if a record has one there.
 */
export function sampleTopic(
  channel: ServiceChannel,
  topic: string,
  valueAt: (location: string) => string | undefined = () => undefined,
): string {
  const parameters = new Map(parametersOf(channel));
  return topic.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    const { enum: values, default: usual, examples = [], location } = parameters.get(name) ?? {};
    const located = location === undefined ? undefined : valueAt(location);
    const isValue = located !== undefined && (values?.includes(located) ?? IN_TOPICS.test(located));
    return (isValue ? located : undefined) ?? values?.[0] ?? usual ?? examples[0] ?? name;
  });
}

/** Returns all texts of a template; undefined if a variable has no list of values. */
export function expanded(
  template: string,
  variables: readonly (readonly [name: string, values: readonly string[] | undefined])[],
): readonly string[] | undefined {
  let texts = [template];
  for (const [name, values] of variables) {
    if (values === undefined || texts.length * values.length > MAX_TOPICS) return undefined;
    texts = texts.flatMap((text) => values.map((value) => text.replaceAll(`{${name}}`, value)));
  }
  return [...new Set(texts)];
}

/** Returns the values of a template's variables in a text; undefined if it does not stand for the text. */
export function valuesIn(
  template: string,
  text: string,
  allowed: (name: string) => readonly string[] | undefined,
): readonly string[] | undefined {
  const parts = template.split(/(\{[^{}]+\})/).map((part) => {
    if (!/^\{.+\}$/.test(part)) return escaped(part);
    const values = allowed(part.slice(1, -1));
    return values === undefined ? '(.+)' : `(${values.map(escaped).join('|')})`;
  });
  return new RegExp(`^${parts.join('')}$`, 'u').exec(text)?.slice(1);
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Whether a topic is one of a channel's. */
export const hasTopic = (channel: ServiceChannel, topic: string): boolean => locatedIn(channel, topic) !== undefined;

/** Returns the values of parameters in a topic, each with its location; undefined if the channel does not have the topic. */
export function locatedIn(channel: ServiceChannel, topic: string) {
  const { address } = channel.contract;
  const parameters = parametersOf(channel);
  const values =
    address === undefined ? undefined : valuesIn(address, topic, (name) => new Map(parameters).get(name)?.enum);
  return values?.map((value, index) => [parameters[index]?.[1].location, value] as const);
}
