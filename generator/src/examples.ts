/** Checks the document's examples against its schemas: the parser does not. */
import type { ContractChannel, ContractMessage } from './shape.ts';
import type { LoadedDocument, MessageExample } from './document.ts';
import { createAjv } from './ajv.ts';
import { withUndescribed } from './headers.ts';
import { schemaOf } from './schemas.ts';

/** An example that breaks the contract, and its faults. */
export interface WrongExample {
  readonly message: ContractMessage;
  readonly index: number;
  readonly faults: readonly string[];
}

/** Returns the examples of a channel that break the contract. */
export function wrongExamples(channel: ContractChannel): WrongExample[] {
  const check = exampleChecker(channel);
  return channel.messages.flatMap((message) =>
    message.examples.flatMap((example, index) => {
      const faults = check(message, example);
      return faults.length === 0 ? [] : [{ message, index, faults }];
    }),
  );
}

/** Returns a sentence for each example that breaks the contract, with its location. */
export function exampleNotes(channels: readonly ContractChannel[], { locate }: LoadedDocument): string[] {
  return channels.flatMap(wrongExamples).map((example) => exampleNote(example, locate));
}

/** Returns the sentence about an example that breaks the contract. */
export function exampleNote({ message, index, faults }: WrongExample, locate: LoadedDocument['locate']): string {
  const location = locate([...message.path, 'examples', index]);
  return `${location} is not a valid message, and is left out: ${faults.join('; ')}`;
}

/**
 * Returns a function that returns the faults of an example.
 *
 * @param hasOtherHeaders whether an example may have headers that the document does not name.
 */
export function exampleChecker(
  channel: ContractChannel,
  hasOtherHeaders = false,
): (message: ContractMessage, example: Pick<MessageExample, 'headers' | 'payload'>) => string[] {
  const ajv = createAjv();
  const validate = (schema: object | boolean | undefined, value: unknown, what: string) => {
    if (schema === undefined || ajv.validate(schema, value)) return [];
    return [`${what} ${ajv.errorsText(ajv.errors, { dataVar: '' }).trim()}`];
  };
  // Ajv compiles each object once, and most messages have the same headers.
  const known = new Map<string, object | boolean>();
  const shared = (schema: object | boolean) => {
    const text = JSON.stringify(schema);
    return known.get(text) ?? known.set(text, schema).get(text);
  };
  const payloads = new Map(
    channel.messages.map(({ component, payload, isClosed }) => [component, schemaOf(payload, { isClosed })]),
  );
  const key = channel.recordKey && schemaOf(channel.recordKey.schema, { isClosed: false });
  const field = channel.recordKey?.field;
  const headers = new Map(
    channel.messages.map((message) => [
      message.component,
      shared(schemaOf(withUndescribed(message.headers), { isClosed: !hasOtherHeaders })),
    ]),
  );
  return (message, example) => {
    const headerFaults = validate(headers.get(message.component), example.headers ?? {}, 'headers');
    if (channel.format === 'text' && typeof example.payload !== 'string')
      return [...headerFaults, 'payload must be text'];
    if (channel.format !== 'json') return headerFaults;
    const others =
      channel.apart.by === 'nothing'
        ? []
        : [...payloads].filter(([component, schema]) => {
            return component !== message.component && validate(schema, example.payload, '').length === 0;
          });
    return [
      ...headerFaults,
      ...validate(payloads.get(message.component), example.payload, 'payload'),
      ...(field === undefined
        ? []
        : validate(key, (example.payload as Record<string, unknown> | undefined)?.[field], `key (${field})`)),
      ...(channel.apart.by === 'header'
        ? []
        : others.map(([component]) => `payload is as well one of messages.${component}`)),
    ];
  };
}
