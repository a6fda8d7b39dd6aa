/** Compares the declarations of consumers with the contract of the service. */
import type { Schema } from '../document.ts';
import { exampleChecker } from '../examples.ts';
import type { Path } from '../pointer.ts';
import type { Contract, ContractChannel, ContractMessage } from '../shape.ts';
import { createAjv } from '../ajv.ts';
import { schemaOf } from '../schemas.ts';
import { DeclarationError, lineOf, readDeclarations } from './declarations.ts';
import type {
  DeclarationFault,
  DeclarationFile,
  DeclaredExample,
  DeclaredRead,
  DeclaredRequest,
  DeclaredSend,
} from './declarations.ts';
import { fieldOf, headerOf, pathText } from './fields.ts';
import type { Field } from './fields.ts';
import { guaranteeOf } from './guarantee.ts';

/** A team, with the messages of the contract that it sends and reads. */
export interface Consumer {
  readonly team: string;
  /** Where to reach it. */
  readonly contact: string | undefined;
  /** strict: fields, messages and values that are new to it break it. */
  readonly reader: 'tolerant' | 'strict';
  /** The file that declares it. */
  readonly file: string;
  readonly sends: readonly ConsumerSend[];
  readonly reads: readonly ConsumerRead[];
  readonly http: readonly DeclaredRequest[];
}

export interface ConsumerSend {
  readonly channel: ContractChannel;
  /** Undefined for messages that the contract does not have, and that the service skips. */
  readonly message: ContractMessage | undefined;
  readonly examples: readonly DeclaredExample[];
}

export interface ConsumerRead {
  readonly channel: ContractChannel;
  readonly message: ContractMessage;
  readonly fields: readonly Field[];
  readonly headers: readonly Field[];
}

/**
 * Reads the declarations of a folder and checks them.
 *
 * @param contract as the service sees it (role `service`).
 * @throws {DeclarationError} with all faults.
 */
export async function loadConsumers(folder: string, contract: Contract): Promise<Consumer[]> {
  const files = await readDeclarations(folder);
  const teams = new Map<string, string>();
  const lines: string[] = [];
  const consumers = files.flatMap((read): Consumer[] => {
    const { file, declaration, faults } = read;
    const report = (fault: DeclarationFault) => lines.push(lineOf(read, fault));
    faults.forEach(report);
    if (declaration === undefined) return [];
    const { team } = declaration;
    const other = teams.get(team);
    if (other !== undefined)
      report({ path: ['team'], sentence: `is declared by ${other} too; keep one file for a team` });
    teams.set(team, file);
    const { consumer, faults: found } = consumerOf({ file, declaration }, contract);
    found.forEach(report);
    return [consumer];
  });
  if (lines.length > 0) throw new DeclarationError(lines);
  return consumers;
}

type Declared = Pick<DeclarationFile, 'file'> & { readonly declaration: NonNullable<DeclarationFile['declaration']> };

/** Finds the messages that a declaration names. @returns what the contract has of it, and the faults. */
export function consumerOf(
  { file, declaration }: Declared,
  contract: Contract,
): { readonly consumer: Consumer; readonly faults: readonly DeclarationFault[] } {
  const { team, contact, reader = 'tolerant', sends = [], reads = [], http = [] } = declaration;
  const checker = new Checker(contract);
  const consumer = {
    team,
    contact,
    reader,
    file,
    sends: sends.flatMap((send, index) => checker.send(send, ['sends', index])),
    reads: reads.flatMap((read, index) => checker.read(read, ['reads', index])),
    http,
  };
  return { consumer, faults: checker.faults };
}

/** What a team does with a message. */
type Use = 'sends' | 'reads';

/** What the service does with the messages of a channel. */
const SERVICE_USES = { sends: 'receive', reads: 'send' } as const;

const listOf = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

class Checker {
  readonly faults: DeclarationFault[] = [];
  readonly #contract: Contract;
  /** The messages that were declared, and where. */
  readonly #declared = new Map<string, Path>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  send(send: DeclaredSend, path: Path): ConsumerSend[] {
    if (send.outcome === 'skipped') return this.#skipped(send, path);
    const found = this.#find(send.message ?? '', send.channel, 'sends', path);
    if (found === undefined) return [];
    const { channel, message } = found;
    const check = exampleChecker(channel, true);
    for (const [index, example] of send.examples.entries()) {
      const at = [...path, 'examples', index];
      const wrong = check(message, example);
      if (wrong.length > 0)
        this.#report(at, `is no valid ${message.component}: ${wrong.join('; ')}; correct the example`);
      this.#checkKey(channel, example, at);
      for (const [position, name] of (example.causes ?? []).entries()) {
        if (this.#named(name, 'reads').length === 0) {
          this.#report([...at, 'causes', position], `names the message ${name}, which the service does not send; it sends ${listOf(this.#namesOf('reads'))}`); // prettier-ignore
        }
      }
    }
    return [{ channel, message, examples: send.examples }];
  }

  read(read: DeclaredRead, path: Path): ConsumerRead[] {
    const found = this.#find(read.message, read.channel, 'reads', path);
    if (found === undefined) return [];
    const { channel, message } = found;
    const fields = (read.fields ?? []).map(fieldOf);
    const headers = (read.headers ?? []).map(headerOf);
    if (channel.format !== 'json' && fields.length > 0)
      this.#report([...path, 'fields'], `names fields of ${message.component}, which is no JSON; remove them`);
    else for (const [index, field] of fields.entries()) this.#checkField(message, field, 'field', [...path, 'fields', index]); // prettier-ignore
    for (const [index, header] of headers.entries())
      this.#checkField(message, header, 'header', [...path, 'headers', index]);
    return [{ channel, message, fields, headers }];
  }

  #report(path: Path, sentence: string): void {
    this.faults.push({ path, sentence });
  }

  #channelsOf(use: Use): ContractChannel[] {
    return this.#contract.channels.filter(({ direction }) => direction === SERVICE_USES[use] || direction === 'both');
  }

  #named(name: string, use: Use): { channel: ContractChannel; message: ContractMessage }[] {
    return this.#channelsOf(use).flatMap((channel) =>
      channel.messages.flatMap((message) => (message.component === name ? [{ channel, message }] : [])),
    );
  }

  #namesOf(use: Use): string[] {
    return [...new Set(this.#channelsOf(use).flatMap(({ messages }) => messages.map(({ component }) => component)))];
  }

  /** Returns the message that a team sends or reads. */
  #find(name: string, key: string | undefined, use: Use, path: Path) {
    const named = this.#named(name, use);
    const fitting = key === undefined ? named : named.filter(({ channel }) => channel.key === key);
    const [found, ...others] = fitting;
    if (found === undefined) {
      this.#report([...path, 'message'], this.#whyNotFound(name, key, use, named));
      return undefined;
    }
    if (others.length > 0) {
      const keys = fitting.map(({ channel }) => channel.key).join(', ');
      this.#report([...path, 'message'], `names ${name}, which is on the channels ${keys}; name one of them as 'channel'`); // prettier-ignore
      return undefined;
    }
    const id = JSON.stringify([use, found.channel.key, name]);
    const first = this.#declared.get(id);
    if (first !== undefined) {
      this.#report([...path, 'message'], `names ${name} a second time; add what is here to #/${first.join('/')}`);
      return undefined;
    }
    this.#declared.set(id, path);
    return found;
  }

  #whyNotFound(
    name: string,
    key: string | undefined,
    use: Use,
    named: readonly { channel: ContractChannel }[],
  ): string {
    if (key !== undefined && !this.#contract.channels.some((channel) => channel.key === key)) {
      return `is on the channel ${key}, which the contract does not have; it has ${listOf(this.#contract.channels.map((channel) => channel.key))}`; // prettier-ignore
    }
    if (named.length > 0)
      return `names ${name}, which is not on the channel ${String(key)}, but on ${named.map(({ channel }) => channel.key).join(', ')}`; // prettier-ignore
    const other = use === 'sends' ? 'reads' : 'sends';
    if (this.#named(name, other).length > 0) {
      return use === 'sends'
        ? `names ${name}, which the service itself sends; move it to 'reads'`
        : `names ${name}, which the service receives and does not send; move it to 'sends'`;
    }
    const does = use === 'sends' ? 'receives' : 'sends';
    return `names the message ${name}, which the contract does not have; the service ${does} ${listOf(this.#namesOf(use))}`; // prettier-ignore
  }

  #skipped({ channel: key, examples }: DeclaredSend, path: Path): ConsumerSend[] {
    const channel = this.#channelsOf('sends').find((one) => one.key === key);
    if (channel === undefined) {
      const keys = listOf(this.#channelsOf('sends').map((one) => one.key));
      this.#report([...path, 'channel'], `is ${String(key)}, where the service receives nothing; use one of ${keys}`);
      return [];
    }
    if (channel.unknownTypes !== 'skip') {
      this.#report([...path, 'outcome'], `is not possible on the channel ${channel.key}, where messages that are not in the contract are invalid`); // prettier-ignore
      return [];
    }
    for (const [index, example] of examples.entries()) {
      const at = [...path, 'examples', index];
      const { apart } = channel;
      if (apart.by === 'field' && typeof fieldIn(example.payload, apart.name) !== 'string')
        this.#report(at, `has no text in '${apart.name}', which makes it invalid instead of skipped`);
      const [listed] = listedMessages(channel, example);
      if (listed !== undefined)
        this.#report(at, `is a message ${listed.component} of the contract, so it is not skipped; move it to 'message: ${listed.component}'`); // prettier-ignore
      this.#checkKey(channel, example, at);
    }
    return [{ channel, message: undefined, examples }];
  }

  #checkKey({ key: channel, recordKey }: ContractChannel, { key }: DeclaredExample, path: Path): void {
    if (key === undefined || key === null) return;
    if (recordKey === undefined) {
      this.#report([...path, 'key'], `is a key, and the records of the channel ${channel} have none; remove it`);
      return;
    }
    const ajv = createAjv();
    if (!ajv.validate(schemaOf(recordKey.schema, { isClosed: false }), key))
      this.#report([...path, 'key'], `${ajv.errorsText(ajv.errors, { dataVar: '' }).trim()}, by the key's schema`);
  }

  #checkField({ component, payload, headers }: ContractMessage, field: Field, what: 'field' | 'header', path: Path) {
    const found = guaranteeOf(what === 'field' ? payload : headers, field.path);
    if (found.kind === 'unknown') {
      const holder = found.at.length === 0 ? component : `${pathText(found.at)} of ${component}`;
      this.#report(path, `is no ${what} of ${holder}, which has ${listOf(found.known)}`);
    } else if (found.kind !== 'guaranteed' && !field.isOptional) {
      const where = found.at.length === field.path.length ? '' : ` because ${pathText(found.at) || component} ${found.kind}`; // prettier-ignore
      const whatMay = where === '' ? found.kind : 'is not guaranteed';
      this.#report(path, `${whatMay} in ${component}${where}; if the team can do without it, write ${field.text}?`);
    }
  }
}

/** Returns the messages of a channel that an example may be. */
function listedMessages(channel: ContractChannel, { headers = {}, payload }: DeclaredExample): ContractMessage[] {
  const { apart, messages } = channel;
  if (apart.by === 'field' || apart.by === 'header') {
    const type = fieldIn(apart.by === 'field' ? payload : headers, apart.name);
    return messages.filter(({ types }) => types.includes(String(type)));
  }
  const ajv = createAjv();
  const accepts = (schema: Schema) => ajv.validate(schemaOf(schema, { isClosed: false }), payload);
  return messages.filter(({ payload: schema }) => apart.by === 'nothing' || accepts(schema));
}

function fieldIn(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}
