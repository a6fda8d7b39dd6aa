/** A client without a broker, for unit tests of code that uses one. */
import { randomUUID } from 'node:crypto';
import { newTraceparent } from '@pet-service/contract';
import type { Channel, PetCommand, PetCommandHeaders, ProducedRecord } from '@pet-service/contract';
import * as service from '@pet-service/contract/service';
import type { PetStatusEvent, RejectedEvent, RejectionReason } from '@pet-service/contract/service';
import { createClient } from './client.js';
import type { PetClient, ReceivedRecord, SentCommand, Tenant, Transport } from './client.js';

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
   * Delivers an event to the subscriptions, and to the command that it answers. Resolves with its record when all handlers are
   * done; `deliver` with the same record makes a copy of it.
   *
   * @throws {Error} if the event breaks the contract, or the error of a handler.
   */
  emit(event: PetStatusEvent, cause?: Cause): Promise<ReceivedRecord>;
  /** Rejects a command. */
  reject(command: SentCommand | SentRecord, reason: RejectionReason): Promise<ReceivedRecord>;
  /** Delivers a record as it is: a copy, one of a type that is not in this contract, or one that breaks it. */
  deliver(record: ProducedRecord | ReceivedRecord, channel?: 'petStatus' | 'petCommandStatus'): Promise<void>;
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
export function createFakePetService({ tenant = TENANT }: { readonly tenant?: Tenant } = {}): FakePetService {
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
  const pets = createClient(transport, { tenant });
  // The fake transport follows at once: nothing is missed.
  void pets.connect();

  const headersOf = ({ answers, tenant: { id, region, majorVersion, minorVersion } = tenant }: Cause) => ({
    TENANT_ID: id.toLowerCase(),
    REGION: region,
    MAJOR_VERSION: majorVersion,
    MINOR_VERSION: minorVersion,
    traceparent: answers?.headers.traceparent ?? newTraceparent(),
    MESSAGE_ID: randomUUID(),
    SEQUENCE: String((sequence += 1)),
  });

  async function deliver(
    record: ProducedRecord | ReceivedRecord,
    channel: 'petStatus' | 'petCommandStatus' = 'petStatus',
  ): Promise<void> {
    const { address: topic } = service[channel];
    for (const { channels, take } of readers) {
      const read = channels.find(({ name }) => name === channel);
      if (read) await take(read, { topic, partition: 0, offset: String(sequence), ...record });
    }
  }

  return {
    pets,
    sent,
    deliver,
    async emit(event, cause = {}) {
      const fault = service.petStatus.check(event);
      if (fault) throw new Error(`the event breaks the contract: ${fault.pointer} ${fault.sentence}`);
      const record = service.petStatus.encode(event, headersOf(cause));
      const received = { topic: service.petStatus.address, partition: 0, offset: String(sequence), ...record };
      await deliver(received);
      return received;
    },
    async reject(rejected, reason) {
      const {
        transactionId,
        actorId,
        petId,
        type: command,
      } = 'command' in rejected ? rejected.command : rejected.message;
      const rejection: RejectedEvent = {
        transactionId: transactionId ?? '00000000-0000-0000-0000-000000000000',
        actorId,
        petId,
        type: 'REJECTED',
        body: { command, reason },
      };
      const fault = service.petCommandStatus.check(rejection);
      if (fault) throw new Error(`the rejection breaks the contract: ${fault.pointer} ${fault.sentence}`);
      const record = service.petCommandStatus.encode(rejection, headersOf({ answers: rejected }));
      const received = { topic: service.petCommandStatus.address, partition: 0, offset: String(sequence), ...record };
      await deliver(received, 'petCommandStatus');
      return received;
    },
  };
}
