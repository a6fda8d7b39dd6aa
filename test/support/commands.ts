/** Builds commands as other services send them, and creates pets for them. */
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { TenantHeaders, TraceHeaders } from '../../generated/contract/headers.js';
import type { CharacterStatusEvent } from '../../generated/contract/messages/character-status.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import type { MessageHeaders } from '../../src/context.ts';
import { NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import type { LoadedInput } from '../../src/domain/rule-input.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import type { Task } from '../../src/handlers/task.ts';
import type { Database } from '../../src/store/database.ts';
import type { Seen } from './rig.ts';

export const TENANT: TenantHeaders = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: 83,
  MINOR_VERSION: 1,
};

/** Returns a record of the command topic; each command has a trace of its own. */
export function command(message: PetCommand, tenant: Partial<TenantHeaders> = {}, traceparent = newTraceparent()) {
  return sendable(petCommand.encode(message, { ...TENANT, ...tenant, traceparent }));
}

/** Applies the rule of a command to the state that a test gives. The command goes through a record, as in the service. */
export function decideCommand(message: PetCommand, input: LoadedInput): Decision {
  return commandTask(message).decide(input);
}

/** Returns the task of a command that was encoded and decoded. */
export function commandTask(message: PetCommand): Task<MessageHeaders> {
  const decoded = petCommands.decode(command(message));
  if (decoded.kind !== 'task') throw new Error(JSON.stringify(decoded));
  return decoded;
}

/** Converts an encoded record, which has no header twice, to the type of kafkajs. */
export function sendable({ key, value, headers }: ProducedRecord) {
  return { key, value, headers: headers as Record<string, Buffer | string> };
}

/** Returns a character's event; by default the world is 0 and the trace is a new one. */
export function character(characterId: number, event: object, context: Partial<TenantHeaders & TraceHeaders> = {}) {
  const message = { worldId: 0, characterId, ...event } as CharacterStatusEvent;
  return sendable(characterStatus.encode(message, { ...TENANT, traceparent: newTraceparent(), ...context }));
}

export function award(petId: number, amount: number, transactionId = crypto.randomUUID()): PetCommand {
  return { transactionId, actorId: 0, petId, type: 'AWARD_CLOSENESS', body: { amount } };
}

export function spawn(actorId: number, petId: number, lead = false): PetCommand {
  return { transactionId: crypto.randomUUID(), actorId, petId, type: 'SPAWN', body: { lead } };
}

/** Creates an owner with this many pets. @returns their ids, in order. */
export async function createPets(database: Database, ownerId: number, count: number, tenantId = TENANT.TENANT_ID) {
  const owner = { tenantId, ownerId: BigInt(ownerId) };
  await database.owner.upsert({ where: { tenantId_ownerId: owner }, create: owner, update: {} });
  const pets = await database.pet.createManyAndReturn({
    data: Array.from({ length: count }, (_, index) => ({
      ...owner,
      templateId: 5_000_017n,
      name: `Pet${String(index + 1)}`,
    })),
    select: { id: true },
  });
  return pets.map(({ id }) => Number(id));
}

/** Returns a header's text; undefined if it is missing. */
export function header({ headers }: Seen, name: string): string | undefined {
  return headers[name]?.toString();
}

export function json({ value }: Seen): unknown {
  return JSON.parse(value?.toString() ?? 'null');
}

type PetRow = Awaited<ReturnType<Database['pet']['findUniqueOrThrow']>>;

/** Returns a stored pet as the rules see it, without expiration and time of creation. */
export function petOfRow({ id, ownerId, templateId, name, level, closeness, fullness, slot, excludes }: PetRow): Pet {
  return {
    id: Number(id),
    ownerId: Number(ownerId),
    templateId: Number(templateId),
    name,
    level,
    closeness,
    fullness,
    slot: slot ?? NOT_SPAWNED,
    excludes: excludes.map(Number),
    expiration: null,
    createdAt: 0,
  };
}
