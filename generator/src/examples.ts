/** Checks the document's examples against its schemas: the parser does not. */
import { Ajv } from 'ajv';
import type { ContractChannel, Contract, ContractMessage } from './shape.ts';
import { ContractError } from './document.ts';
import type { MessageExample } from './document.ts';
import { FORMATS, schemaOf } from './validators.ts';

/** @throws {ContractError} with each example that breaks the contract, and its fault. */
export function checkExamples({ channels }: Contract, source: string): void {
  const faults = channels.flatMap((channel) => {
    const check = checkerOf(channel);
    return channel.messages.flatMap((message) =>
      message.examples.flatMap((example, index) => {
        const location = `messages.${message.component} example ${example.name ?? String(index + 1)}:`;
        return check(message, example).map((fault) => `${location} ${fault}`);
      }),
    );
  });
  if (faults.length > 0) throw new ContractError(source, faults);
}

function checkerOf(channel: ContractChannel): (message: ContractMessage, example: MessageExample) => string[] {
  const ajv = new Ajv({ formats: FORMATS, allowUnionTypes: true });
  const validate = (schema: unknown, value: unknown, what: string) => {
    if (ajv.validate(schema as object, value)) return [];
    return [`${what} ${ajv.errorsText(ajv.errors, { dataVar: '' }).trim()}`];
  };
  // The same objects each time: Ajv compiles each schema once.
  const payloads = new Map(
    channel.messages.map(({ component, payload }) => [component, schemaOf(payload, channel.direction)]),
  );
  const key = channel.key && schemaOf(channel.key.schema, channel.direction);
  const keyed = (payload: unknown) =>
    (payload as Readonly<Record<string, unknown>> | undefined)?.[channel.key?.field ?? ''];
  const headers = new Map(channel.messages.map((message) => [message.component, schemaOf(message.headers, 'send')]));
  return (message, example) => {
    const headerFaults = validate(headers.get(message.component), example.headers ?? {}, 'headers');
    if (channel.opaque) return headerFaults;
    const others = [...payloads].filter(([component, schema]) => {
      return component !== message.component && validate(schema, example.payload, '').length === 0;
    });
    return [
      ...headerFaults,
      ...validate(payloads.get(message.component), example.payload, 'payload'),
      ...(key === undefined ? [] : validate(key, keyed(example.payload), `key (${channel.key?.field ?? ''})`)),
      ...others.map(([component]) => `payload is as well one of messages.${component}`),
    ];
  };
}
