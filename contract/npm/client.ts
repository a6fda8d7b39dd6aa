/** The client for one tenant, whatever carries its records: kafkajs (kafkajs.ts), or a fake (testing.ts). */
import { randomUUID } from 'node:crypto';
import { newTraceparent, petCommand, petCommandStatus, petStatus } from '@pet-service/contract';
import type {
  Channel,
  ClosenessChangedEvent,
  CommandResponseEvent,
  ConsumedRecord,
  DespawnedEvent,
  ExcludeChangedEvent,
  FullnessChangedEvent,
  Invalid,
  LevelChangedEvent,
  PetCommand,
  PetCommandHeaders,
  PetCommandStatusHeaders,
  PetStatusEvent,
  PetStatusHandlers,
  PetStatusHeaders,
  ProducedRecord,
  RejectedEvent,
  SlotChangedEvent,
  SpawnedEvent,
} from '@pet-service/contract';
import * as commands from '@pet-service/contract/messages/pet-command.js';
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

/** The event that answers a command which the rules accept, by the command's type. */
export interface Answers {
  /** SLOT_CHANGED for a pet that was spawned already and becomes the lead. */
  readonly SPAWN: SpawnedEvent | SlotChangedEvent;
  readonly DESPAWN: DespawnedEvent;
  readonly ATTEMPT_COMMAND: CommandResponseEvent;
  readonly AWARD_CLOSENESS: ClosenessChangedEvent;
  readonly AWARD_FULLNESS: FullnessChangedEvent;
  readonly AWARD_LEVEL: LevelChangedEvent;
  readonly EXCLUDE: ExcludeChangedEvent;
}

/** Whether an event about the command's pet, caused by the command, is its answer: the last event that it causes. */
const IS_ANSWER: { readonly [Type in PetCommand['type']]: (event: PetStatusEvent) => event is Answers[Type] } = {
  SPAWN: (event): event is Answers['SPAWN'] =>
    event.type === 'SPAWNED' || (event.type === 'SLOT_CHANGED' && event.body.oldSlot >= 0),
  DESPAWN: (event) => event.type === 'DESPAWNED',
  ATTEMPT_COMMAND: (event) => event.type === 'COMMAND_RESPONSE',
  AWARD_CLOSENESS: (event) => event.type === 'CLOSENESS_CHANGED',
  AWARD_FULLNESS: (event) => event.type === 'FULLNESS_CHANGED',
  AWARD_LEVEL: (event) => event.type === 'LEVEL_CHANGED',
  EXCLUDE: (event) => event.type === 'EXCLUDE_CHANGED',
};

export interface SendOptions {
  /** The W3C trace that the command belongs to. Without one, a new trace begins. */
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
  /** The consumer group, which remembers how far it has read. */
  readonly groupId: string;
  /** Whether a new group begins with the oldest event; otherwise with the next one. */
  readonly fromBeginning?: boolean;
  /** What earlier runs have seen; by default nothing. */
  readonly copies?: CopyFilter;
  /** Called for a record that breaks the contract, and is left out. By default it is logged. */
  readonly onInvalid?: (fault: Invalid, record: ReceivedRecord) => unknown;
}

export interface Subscription {
  close(): Promise<void>;
}

export interface PetClient extends CommandMethods {
  connect(): Promise<void>;
  /** Closes the subscriptions too. Commands that still wait for their answer get an error. */
  disconnect(): Promise<void>;
  /** Resolves when the group has been joined. Events of other tenants, copies, and events of unknown types are left out. */
  subscribe(handlers: EventHandlers, options: SubscribeOptions): Promise<Subscription>;
}

export interface ClientOptions {
  readonly tenant: Tenant;
  /** False for a client that only sends: it reads nothing, and `answer()` throws. */
  readonly answers?: boolean;
  /** Milliseconds from the send of a command to its answer, 30,000 by default. */
  readonly answerTimeoutMs?: number;
}

export interface ReceivedRecord extends ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

type Take = (channel: Channel, record: ReceivedRecord) => Promise<void>;

/** What carries the records of a client. */
export interface Transport {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(channel: Channel, record: ProducedRecord): Promise<void>;
  /** Takes every record that is appended from now on. Resolves when it misses none any more. */
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

/** No answer came in time. The command may be applied nevertheless, and later. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout';
  readonly command: PetCommand;
  constructor(command: PetCommand, timeoutMs: number) {
    super(
      `no answer to ${command.type} of pet ${String(command.petId)} (transactionId ${String(command.transactionId)}) within ` +
        `${String(timeoutMs)} ms: the service may be down or behind, or the command is a dead letter. It may be applied later.`,
    );
    this.command = command;
  }
}

interface Pending {
  readonly command: PetCommand;
  readonly traceId: string;
  resolve(answer: PetStatusEvent | RejectedEvent): void;
  reject(error: Error): void;
}

export function createClient(
  transport: Transport,
  { tenant, answers = true, answerTimeoutMs = ANSWER_TIMEOUT_MS }: ClientOptions,
): PetClient {
  const pending = new Set<Pending>();
  const subscriptions = new Set<Subscription>();

  async function connect(): Promise<void> {
    await transport.connect();
    if (answers) subscriptions.add(await transport.follow([petStatus, petCommandStatus], takeAnswer));
  }

  async function disconnect(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    for (const { command, reject } of pending)
      reject(new Error(`the client was disconnected before the answer to ${command.type} came`));
    await transport.disconnect();
  }

  async function send(given: PetCommand, options: SendOptions = {}): Promise<SentCommand> {
    const command = { ...given, transactionId: given.transactionId ?? randomUUID() };
    const headers: PetCommandHeaders = {
      TENANT_ID: tenant.id,
      REGION: tenant.region,
      MAJOR_VERSION: tenant.majorVersion,
      MINOR_VERSION: tenant.minorVersion,
      ...options,
      traceparent: options.traceparent ?? newTraceparent(),
    };
    const record = petCommand.encode(command, headers);
    // Before the send: the answer may be faster than the broker's acknowledgement.
    const answer = answers ? expectAnswer(command, traceIdOf(headers)) : undefined;
    try {
      await transport.send(petCommand, record);
    } catch (error) {
      answer?.cancel();
      throw error;
    }
    return {
      command,
      headers,
      answer: () => answer?.promise ?? Promise.reject(new Error('the client was made with "answers: false"')),
    };
  }

  function expectAnswer(command: PetCommand, traceId: string) {
    let cancel = () => {};
    const promise = new Promise<PetStatusEvent | RejectedEvent>((resolve, reject) => {
      const timer = setTimeout(() => entry.reject(new AnswerTimeout(command, answerTimeoutMs)), answerTimeoutMs);
      cancel = () => {
        clearTimeout(timer);
        pending.delete(entry);
      };
      const entry: Pending = {
        command,
        traceId,
        resolve: (answer) => {
          cancel();
          resolve(answer);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
      pending.add(entry);
    });
    // Whoever does not ask for the answer does not learn that it did not come.
    promise.catch(() => undefined);
    return { promise: promise as Promise<never>, cancel: () => cancel() };
  }

  async function takeAnswer(channel: Channel, record: ReceivedRecord): Promise<void> {
    const found = channel.name === petStatus.name ? eventAnswer(record) : rejectionAnswer(record);
    found?.waiting.resolve(found.answer);
  }

  /** CLOSENESS_CHANGED has the command's transactionId, the other events only its trace. */
  function eventAnswer(record: ConsumedRecord) {
    const decoded = petStatus.decode(record);
    if (decoded.kind !== 'message' || !isOurs(decoded.headers)) return undefined;
    const { message: answer, headers } = decoded;
    const waiting = [...pending].find(
      ({ command, traceId }) =>
        command.petId === answer.petId &&
        IS_ANSWER[command.type](answer) &&
        (answer.type === 'CLOSENESS_CHANGED'
          ? answer.body.transactionId === command.transactionId?.toLowerCase()
          : traceIdOf(headers) === traceId),
    );
    return waiting && { waiting, answer };
  }

  function rejectionAnswer(record: ConsumedRecord) {
    const decoded = petCommandStatus.decode(record);
    if (decoded.kind !== 'message' || !isOurs(decoded.headers)) return undefined;
    const { message: answer } = decoded;
    const waiting = [...pending].find(
      ({ command }) =>
        command.transactionId?.toLowerCase() === answer.transactionId &&
        command.petId === answer.petId &&
        command.type === answer.body.command,
    );
    return waiting && { waiting, answer };
  }

  const isOurs = ({ TENANT_ID }: { readonly TENANT_ID: string }) => TENANT_ID === tenant.id.toLowerCase();

  async function subscribe(handlers: EventHandlers, options: SubscribeOptions): Promise<Subscription> {
    const { copies = new CopyFilter(), onInvalid = reportInvalid } = options;
    const { REJECTED: rejected, ...eventHandlers } = handlers;
    const channels = [petStatus, ...(rejected ? [petCommandStatus] : [])];
    const subscription = await transport.join(channels, options, async (channel, record) => {
      if (channel.name === petStatus.name) await takeEvent(record);
      else await takeRejection(record);
    });
    subscriptions.add(subscription);
    return {
      close() {
        subscriptions.delete(subscription);
        return subscription.close();
      },
    };

    async function takeEvent(record: ReceivedRecord): Promise<void> {
      const decoded = petStatus.decode(record);
      if (decoded.kind === 'invalid') await onInvalid(decoded, record);
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
    transport.report(`left out: the record at ${where} breaks the contract: ${pointer} ${sentence} (${code})`);
  }

  const methods = Object.entries(commands).map(([name, make]) => [
    name,
    (fields: never, options?: SendOptions) => send(make(fields), options),
  ]);
  return { ...(Object.fromEntries(methods) as CommandMethods), connect, disconnect, subscribe };
}

/** The trace's id in a `traceparent`: version, trace, span, flags. */
function traceIdOf({ traceparent }: { readonly traceparent: string }): string {
  return traceparent.split('-')[1] ?? '';
}
