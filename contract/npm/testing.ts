/** A client without a broker, for unit tests of code that uses one. */
import { randomUUID } from 'node:crypto';
import { newTraceparent } from '@pet-service/contract';
import type { Channel, Fault, PetCommand, PetCommandHeaders, ProducedRecord } from '@pet-service/contract';
import * as service from '@pet-service/contract/service';
import type { PetStatusEvent, RejectedEvent, RejectionReason } from '@pet-service/contract/service';
import { createClient } from './client.js';
import type { ClientOptions, PetClient, ReceivedRecord, SentCommand, Tenant, Transport } from './client.js';

/** A command as the service reads it, from the bytes that the client sent. */
export interface SentRecord {
  readonly message: PetCommand;
  readonly headers: PetCommandHeaders;
  readonly record: ProducedRecord;
}

export interface FakePetService {
  /** To be given to the code under test. Connected already. */
  readonly pets: PetClient;
  /** What was sent, the oldest first. */
  readonly sent: readonly SentRecord[];
  /**
   * Delivers an event to the subscriptions, and to the command that it answers. Resolves when all handlers are done.
   *
   * @throws {Error} if the event breaks the contract, or the error of a handler.
   */
  emit(event: PetStatusEvent, cause?: Cause): Promise<void>;
  /** Rejects a command. */
  reject(command: SentCommand | SentRecord, reason: RejectionReason): Promise<void>;
  /** Returns the record of an event, for `deliver`. @throws {Error} if the event breaks the contract. */
  recordOf(event: PetStatusEvent, cause?: Cause): ReceivedRecord;
  /** Delivers a record as it is: again as a copy, or changed, to one of an unknown type or one that breaks the contract. */
  deliver(record: ReceivedRecord): Promise<void>;
}

export interface Cause {
  /** The command that the event answers. */
  readonly answers?: SentCommand | SentRecord;
  /** The tenant of the event; by default the client's. */
  readonly tenant?: Tenant;
}

const TENANT: Tenant = {
  id: '083839c6-c47c-42a6-9585-76492795d123',
  region: 'GMS',
  majorVersion: 83,
  minorVersion: 1,
};

type Take = Parameters<Transport['follow']>[1];

/** Creates a fake service with a client. What the client sends is validated as the service does it. */
export function createFakePetService({ tenant = TENANT, ...options }: Partial<ClientOptions> = {}): FakePetService {
  const sent: SentRecord[] = [];
  const readers = new Set<{ readonly channels: readonly Channel[]; readonly take: Take }>();
  let sequence = 0;

  const read = (channels: readonly Channel[], take: Take) => {
    const reader = { channels, take };
    readers.add(reader);
    const close = () => {
      readers.delete(reader);
      return Promise.resolve();
    };
    return Promise.resolve({ close });
  };
  const transport: Transport = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    send(_channel, record) {
      const decoded = service.petCommand.decode(record);
      if (decoded.kind !== 'message') throw new Error(`the service refuses the command: ${JSON.stringify(decoded)}`);
      sent.push({ message: decoded.message, headers: decoded.headers, record });
      return Promise.resolve();
    },
    follow: read,
    join: (channels, _options, take) => read(channels, take),
    report: (line) => console.error(line),
  };
  const pets = createClient(transport, { tenant, ...options });
  const connected = pets.connect();

  const headersOf = ({ answers, tenant: { id, region, majorVersion, minorVersion } = tenant }: Cause) => ({
    TENANT_ID: id.toLowerCase(),
    REGION: region,
    MAJOR_VERSION: majorVersion,
    MINOR_VERSION: minorVersion,
    traceparent: answers?.headers.traceparent ?? newTraceparent(),
    MESSAGE_ID: randomUUID(),
    SEQUENCE: String((sequence += 1)),
  });

  async function deliver(record: ReceivedRecord): Promise<void> {
    await connected;
    for (const { channels, take } of readers) {
      const channel = channels.find(({ address }) => address === record.topic);
      if (channel) await take(channel, record);
    }
  }

  function recordOf(event: PetStatusEvent, cause: Cause = {}): ReceivedRecord {
    requireValid(service.petStatus.check(event));
    return received(service.petStatus.address, service.petStatus.encode(event, headersOf(cause)));
  }

  const received = (topic: string, record: ProducedRecord): ReceivedRecord => ({
    topic,
    partition: 0,
    offset: String(sequence),
    ...record,
  });

  return {
    pets,
    sent,
    deliver,
    recordOf,
    emit: async (event, cause) => deliver(recordOf(event, cause)),
    async reject(rejected, reason) {
      const { transactionId, actorId, petId, type } = 'command' in rejected ? rejected.command : rejected.message;
      const rejection: RejectedEvent = {
        transactionId: transactionId ?? NIL_UUID,
        actorId,
        petId,
        type: 'REJECTED',
        body: { command: type, reason },
      };
      requireValid(service.petCommandStatus.check(rejection));
      const record = service.petCommandStatus.encode(rejection, headersOf({ answers: rejected }));
      await deliver(received(service.petCommandStatus.address, record));
    },
  };
}

/** What the service sends for a command without a transactionId. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

function requireValid(fault: Fault | undefined): void {
  if (fault) throw new Error(`the event breaks the contract: ${fault.pointer} ${fault.sentence}`);
}
