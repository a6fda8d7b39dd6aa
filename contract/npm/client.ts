/** The client for one tenant, whatever carries its records: kafkajs (kafkajs.ts), or a fake (testing.ts). */
import { randomUUID } from 'node:crypto';
import { newTraceparent, petCommand, petCommandStatus, petStatus } from '@pet-service/contract';
import type {
  Channel,
  ConsumedRecord,
  Invalid,
  PetCommand,
  PetCommandHeaders,
  PetCommandStatusHeaders,
  PetStatusEvent,
  PetStatusHandlers,
  PetStatusHeaders,
  ProducedRecord,
  RejectedEvent,
} from '@pet-service/contract';
import * as commands from '@pet-service/contract/messages/pet-command.js';
import { PendingAnswers } from './answers.js';
import type { Answers } from './answers.js';
import { CopyFilter } from './copies.js';

const ANSWER_TIMEOUT_MS = 30_000;

/** The tenant in whose name a client sends, and whose events it reads. */
export interface Tenant {
  /** A UUID. */
  readonly id: string;
  /** Such as GMS: 1 to 64 ASCII characters. */
  readonly region: string;
  /** 0 to 65535. */
  readonly majorVersion: number;
  /** 0 to 65535. */
  readonly minorVersion: number;
}

export interface SendOptions {
  /** The W3C trace that the command belongs to; the command is a span of its own. Without one, a new trace begins. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** A command that the broker has acknowledged. */
export interface SentCommand<Command extends PetCommand = PetCommand> {
  readonly command: Command & { readonly transactionId: string };
  readonly headers: PetCommandHeaders;
  /**
   * Resolves with the event that answers the command, or with its rejection.
   *
   * @throws {AnswerTimeout} if there is none in time, counted from the send.
   */
  answer(): Promise<Answers[Command['type']] | RejectedEvent>;
}

type Constructors = typeof commands;

/** A method for each command of the contract: its fields are the command's, without `type`. Without a `transactionId` it gets a random one. */
export type CommandMethods = {
  readonly [Name in keyof Constructors]: (
    command: Parameters<Constructors[Name]>[0],
    options?: SendOptions,
  ) => Promise<SentCommand<ReturnType<Constructors[Name]>>>;
};

/** Handlers by the type of the event: those that a reader is interested in. The next event waits for the handler. */
export type EventHandlers = Partial<PetStatusHandlers<PetStatusHeaders, unknown>> & {
  /** Called again for a copy: recognise it by `transactionId`. */
  readonly REJECTED?: (rejection: RejectedEvent, headers: PetCommandStatusHeaders) => unknown;
};

export interface SubscribeOptions {
  /** The consumer group, which remembers how far it has read. Each tenant needs one of its own: members share the partitions. */
  readonly groupId: string;
  /** Whether a new group begins with the oldest event; otherwise with the next one. */
  readonly fromBeginning?: boolean;
  /** What earlier runs have seen; by default nothing. */
  readonly copies?: CopyFilter;
  /** Called for a record that breaks the contract, and is skipped. By default it is logged. */
  readonly onInvalid?: (fault: Invalid, record: ReceivedRecord) => unknown;
  /** Called for an event of a type that this version of the contract does not have, of any tenant. By default it is skipped. */
  readonly onUnknownType?: (type: string, record: ReceivedRecord) => unknown;
}

export interface Subscription {
  close(): Promise<void>;
}

export interface PetClient extends CommandMethods {
  /** Must be called before the first command; it resolves when answers are read. Called again it does nothing. */
  connect(): Promise<void>;
  /** Closes the subscriptions too. Commands that still wait for their answer get an error. */
  disconnect(): Promise<void>;
  /** Resolves when the group has been joined. Events of other tenants, copies, and events of unknown types are skipped. */
  subscribe(handlers: EventHandlers, options: SubscribeOptions): Promise<Subscription>;
}

export interface ClientOptions {
  readonly tenant: Tenant;
  /** False for a client that only sends: it reads nothing, and `answer()` throws. */
  readonly answers?: boolean;
  /** Milliseconds from the send of a command to its answer, 30,000 by default. */
  readonly answerTimeoutMs?: number;
  /** Further headers of each command, such as ENVIRONMENT. The service passes on those that FORWARDED_HEADERS names. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReceivedRecord extends ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

type Take = (channel: Channel, record: ReceivedRecord) => Promise<void> | void;

/** What carries the records of a client. */
export interface Transport {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(channel: Channel, record: ProducedRecord): Promise<void>;
  /** Takes every record that is appended from now on. Resolves once every later record is delivered. */
  follow(channels: readonly Channel[], take: Take): Promise<Subscription>;
  /** Takes records as a member of a consumer group. A record whose `take` fails is taken again. */
  join(
    channels: readonly Channel[],
    options: Pick<SubscribeOptions, 'groupId' | 'fromBeginning'>,
    take: Take,
  ): Promise<Subscription>;
  /** Reports a line for people. */
  report(line: string): void;
}

export function createClient(
  transport: Transport,
  { tenant, answers = true, answerTimeoutMs = ANSWER_TIMEOUT_MS, headers: extraHeaders = {} }: ClientOptions,
): PetClient {
  const pending = new PendingAnswers(tenant.id, answerTimeoutMs);
  /** Also those that have not joined their group yet. */
  const subscriptions = new Set<Promise<Subscription>>();
  let connection: Promise<void> | undefined;

  function connect(): Promise<void> {
    connection ??= open().catch((error: unknown) => {
      connection = undefined;
      throw error;
    });
    return connection;
  }

  async function open(): Promise<void> {
    await transport.connect();
    try {
      if (answers) await opened(transport.follow([petStatus, petCommandStatus], takeAnswer));
    } catch (error) {
      await transport.disconnect();
      throw error;
    }
  }

  /** Keeps a subscription for `disconnect`, from before it has joined its group. */
  async function opened(opening: Promise<Subscription>): Promise<Subscription> {
    subscriptions.add(opening);
    try {
      return await opening;
    } catch (error) {
      subscriptions.delete(opening);
      throw error;
    }
  }

  async function disconnect(): Promise<void> {
    const connecting = connection;
    connection = undefined;
    // The caller of connect() gets its error.
    await connecting?.catch(() => undefined);
    const closed = await Promise.allSettled([...subscriptions].map(async (opening) => (await opening).close()));
    subscriptions.clear();
    pending.failAll(({ type }) => new Error(`the client was disconnected before the answer to ${type} came`));
    await transport.disconnect();
    const failed = closed.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason as Error;
  }

  async function send(given: PetCommand, options: SendOptions = {}): Promise<SentCommand> {
    const command = { ...given, transactionId: given.transactionId ?? randomUUID() };
    const headers: PetCommandHeaders = {
      TENANT_ID: tenant.id,
      REGION: tenant.region,
      MAJOR_VERSION: tenant.majorVersion,
      MINOR_VERSION: tenant.minorVersion,
      ...options,
      traceparent: ownSpan(options.traceparent),
    };
    const record = petCommand.encode(command, headers);
    if (connection === undefined) throw new Error('call connect() before the first command');
    await connection;
    // Before the send: the answer may be faster than the broker's acknowledgement.
    const expected = answers ? pending.expect(command, headers) : undefined;
    try {
      await transport.send(petCommand, { ...record, headers: { ...extraHeaders, ...record.headers } });
    } catch (error) {
      expected?.fail(error as Error);
      throw error;
    }
    return {
      command,
      headers,
      answer: () =>
        (expected?.wait() ??
          Promise.reject(new Error('the client was created with "answers: false"'))) as Promise<never>,
    };
  }

  function takeAnswer(channel: Channel, record: ReceivedRecord): void {
    if (channel.name === petStatus.name) pending.takeEvent(record);
    else pending.takeRejection(record);
  }

  const isOurs = ({ TENANT_ID }: { readonly TENANT_ID: string }) => TENANT_ID === tenant.id.toLowerCase();

  async function subscribe(handlers: EventHandlers, options: SubscribeOptions): Promise<Subscription> {
    const { copies = new CopyFilter() } = options;
    const onInvalid: NonNullable<SubscribeOptions['onInvalid']> = options.onInvalid ?? reportInvalid;
    const { REJECTED: rejected, ...eventHandlers } = handlers;
    const channels = [petStatus, ...(rejected ? [petCommandStatus] : [])];
    const joining = transport.join(channels, options, async (channel, record) => {
      if (channel.name === petStatus.name) await takeEvent(record);
      else await takeRejection(record);
    });
    const subscription = await opened(joining);
    return {
      close() {
        subscriptions.delete(joining);
        return subscription.close();
      },
    };

    async function takeEvent(record: ReceivedRecord): Promise<void> {
      const decoded = petStatus.decode(record);
      if (decoded.kind === 'invalid') await onInvalid(decoded, record);
      if (decoded.kind === 'skip') await options.onUnknownType?.(decoded.type, record);
      if (decoded.kind !== 'message' || !isOurs(decoded.headers)) return;
      const { message, headers } = decoded;
      if (copies.isCopy(message, headers)) return;
      // The type selects the handler of this very message, which the compiler cannot follow.
      const handle = eventHandlers[message.type] as
        ((event: PetStatusEvent, context: PetStatusHeaders) => unknown) | undefined;
      await handle?.(message, headers);
      copies.remember(message, headers);
    }

    async function takeRejection(record: ReceivedRecord): Promise<void> {
      const decoded = petCommandStatus.decode(record);
      if (decoded.kind === 'invalid') await onInvalid(decoded, record);
      if (decoded.kind === 'message' && isOurs(decoded.headers)) await rejected?.(decoded.message, decoded.headers);
    }
  }

  function reportInvalid({ code, pointer, sentence }: Invalid, { topic, partition, offset }: ReceivedRecord): void {
    const where = `${topic}, partition ${String(partition)}, offset ${offset}`;
    transport.report(`skipped: the record at ${where} breaks the contract: ${pointer} ${sentence} (${code})`);
  }

  const methods = Object.entries(commands).map(([name, make]) => [
    name,
    (fields: never, options?: SendOptions) => send(make(fields), options),
  ]);
  return { ...(Object.fromEntries(methods) as CommandMethods), connect, disconnect, subscribe };
}

/** Returns the traceparent of a new span: in the given trace, or in a new one. */
function ownSpan(parent: string | undefined): string {
  const own = newTraceparent();
  if (parent === undefined) return own;
  const [version = '', traceId = '', , flags = ''] = parent.split('-');
  return [version, traceId, own.split('-')[2], flags].join('-');
}
