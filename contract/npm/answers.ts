/** Finds the answers to commands among everything that the service sends. */
import { petCommandStatus, petStatus } from '@pet-service/contract';
import type {
  ClosenessChangedEvent,
  CommandResponseEvent,
  ConsumedRecord,
  DespawnedEvent,
  ExcludeChangedEvent,
  FullnessChangedEvent,
  LevelChangedEvent,
  PetCommand,
  PetCommandHeaders,
  PetStatusEvent,
  RejectedEvent,
  SlotChangedEvent,
  SpawnedEvent,
} from '@pet-service/contract';

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

/** Decides whether an event about the command's pet, caused by the command, is its answer: the last event that it causes. */
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

type Answer = PetStatusEvent | RejectedEvent;

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

/** A command that waits for its answer, from before it is sent. */
export class ExpectedAnswer {
  readonly command: PetCommand;
  readonly traceparent: string;
  /** Called when it is settled, whether by an answer or not. */
  readonly #settled: (expected: ExpectedAnswer) => void;
  readonly #promise: Promise<Answer>;
  readonly #timer: NodeJS.Timeout;
  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(
    command: PetCommand,
    { traceparent }: PetCommandHeaders,
    timeoutMs: number,
    settled: (expected: ExpectedAnswer) => void,
  ) {
    this.command = command;
    this.traceparent = traceparent;
    this.#settled = settled;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // An answer that nobody awaits must not cause an unhandled rejection.
    this.#promise.catch(() => undefined);
    this.#timer = setTimeout(() => this.fail(new AnswerTimeout(command, timeoutMs)), timeoutMs);
    this.#timer.unref();
  }

  /** Keeps the process alive until there is an answer, or it is too late. */
  wait(): Promise<Answer> {
    this.#timer.ref();
    return this.#promise;
  }

  answer(answer: Answer): void {
    this.#end();
    this.#resolve(answer);
  }

  fail(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#settled(this);
  }
}

/** The commands of a tenant that wait for their answers. */
export class PendingAnswers {
  readonly #tenantId: string;
  readonly #timeoutMs: number;
  readonly #pending = new Set<ExpectedAnswer>();

  /** @param timeoutMs from the send of a command to its answer. */
  constructor(tenantId: string, timeoutMs: number) {
    this.#tenantId = tenantId.toLowerCase();
    this.#timeoutMs = timeoutMs;
  }

  expect(command: PetCommand, headers: PetCommandHeaders): ExpectedAnswer {
    const expected = new ExpectedAnswer(command, headers, this.#timeoutMs, (one) => this.#pending.delete(one));
    this.#pending.add(expected);
    return expected;
  }

  /**
   * Gives a record of the pet status channel to the command that it answers. Only CLOSENESS_CHANGED has its transactionId; but each
   * event has the command's traceparent, which no other command has.
   */
  takeEvent(record: ConsumedRecord): void {
    if (this.#pending.size === 0) return;
    const decoded = petStatus.decode(record);
    if (decoded.kind !== 'message' || decoded.headers.TENANT_ID !== this.#tenantId) return;
    const { message: event, headers } = decoded;
    this.#find(({ command, traceparent }) => {
      if (command.petId !== event.petId || !IS_ANSWER[command.type](event)) return false;
      return event.type === 'CLOSENESS_CHANGED'
        ? isSame(event.body.transactionId, command.transactionId)
        : headers.traceparent === traceparent;
    })?.answer(event);
  }

  /** Gives a record of the pet command status channel to the command that it rejects. */
  takeRejection(record: ConsumedRecord): void {
    if (this.#pending.size === 0) return;
    const decoded = petCommandStatus.decode(record);
    if (decoded.kind !== 'message' || decoded.headers.TENANT_ID !== this.#tenantId) return;
    const { message: rejection } = decoded;
    this.#find(
      ({ command }) =>
        isSame(rejection.transactionId, command.transactionId) &&
        command.petId === rejection.petId &&
        command.type === rejection.body.command,
    )?.answer(rejection);
  }

  failAll(errorOf: (command: PetCommand) => Error): void {
    for (const expected of [...this.#pending]) expected.fail(errorOf(expected.command));
  }

  /** Returns the oldest command that matches. */
  #find(matches: (expected: ExpectedAnswer) => boolean): ExpectedAnswer | undefined {
    for (const expected of this.#pending) if (matches(expected)) return expected;
    return undefined;
  }
}

/** Compares two UUIDs. The service sends one back as it came; upper and lower case mean the same. */
function isSame(uuid: string, other: string | null | undefined): boolean {
  return uuid.toLowerCase() === other?.toLowerCase();
}
