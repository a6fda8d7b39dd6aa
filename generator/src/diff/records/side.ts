/** One side of a record, and what its document states about it. */
import type { MessageObject, Schema } from '../../document.ts';
import type { ContractMessage } from '../../shape.ts';
import type { Service, ServiceChannel } from '../service.ts';
import type { ChannelReader } from '../wire/reader.ts';

/** A message of one version, with what reads it as that side does. */
export interface Side {
  readonly service: Service;
  readonly channel: ServiceChannel;
  readonly message: ContractMessage;
  readonly decoder: ChannelReader;
}

export type KeyEncoding = 'uint32le-padded' | 'text' | 'bytes';

/** The key of the records of one message. */
export interface MessageKey {
  readonly schema: Schema;
  readonly encoding: KeyEncoding;
  readonly field: string | undefined;
}

export function keyOf(side: Side): MessageKey | undefined {
  const schema = objectOf(side).bindings?.kafka?.key;
  if (schema === undefined) return undefined;
  const named = schema['x-encoding'];
  const encoding =
    named === 'uint32le-padded' || named === 'text' ? named : schema.type === 'string' ? 'text' : 'bytes';
  return { schema, encoding, field: schema['x-key-field'] };
}

/** Returns the content type of a message without parameters. */
export function contentTypeOf(side: Side): string {
  const { defaultContentType = 'application/json' } = side.service.document.resolved;
  const type = objectOf(side).contentType ?? defaultContentType;
  return type.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The language of the schema of a payload. */
interface SchemaLanguage {
  readonly name: string;
  /** A schema in another language than JSON Schema. */
  readonly text?: string;
}

export function languageOf(side: Side): SchemaLanguage {
  const { payload } = objectOf(side);
  const language = payload?.schemaFormat;
  if (language === undefined || /aai\.asyncapi|application\/schema/.test(language)) return { name: 'JSON Schema' };
  return { name: language.split(';')[0] ?? language, text: JSON.stringify(payload?.schema) };
}

/** Returns the message as the document has it. */
function objectOf({ channel, message }: Side): MessageObject {
  return channel.object.messages?.[String(message.path.at(-1))] ?? {};
}
