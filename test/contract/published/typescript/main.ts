/** A program of another team, in strict TypeScript: sends commands, and prints their answers and all events, a line of JSON each. */
import { randomUUID } from 'node:crypto';
import type { PetStatusEvent } from '@pet-service/contract';
import { AnswerTimeout, createPetClient } from '@pet-service/contract/kafkajs';
import type { EventHandlers } from '@pet-service/contract/kafkajs';
import kafkajs from 'kafkajs';

const { KAFKA_BROKERS = '', OWNER = '', PET = '' } = process.env;
const [actorId, petId] = [Number(OWNER), Number(PET)];
const kafka = new kafkajs.Kafka({ brokers: KAFKA_BROKERS.split(',') });
const tenant = { id: '083839C6-C47C-42A6-9585-76492795D123', region: 'GMS', majorVersion: 83, minorVersion: 1 };
const pets = createPetClient({ kafka, tenant, headers: { ENVIRONMENT: 'blue' } });

const event = (message: PetStatusEvent) => print({ event: message });
const handlers = {
  CREATED: event,
  DELETED: event,
  SPAWNED: event,
  DESPAWNED: event,
  COMMAND_RESPONSE: event,
  CLOSENESS_CHANGED: event,
  FULLNESS_CHANGED: event,
  LEVEL_CHANGED: event,
  SLOT_CHANGED: event,
  EXCLUDE_CHANGED: event,
  REJECTED: (rejection) => print({ rejection }),
} satisfies Required<EventHandlers>;

await pets.connect();
await pets.subscribe(handlers, {
  groupId: `stranger-${randomUUID()}`,
  fromBeginning: true,
  onUnknownType: (type) => print({ unknown: type }),
});

const spawned = await pets.spawn({ actorId, petId, body: { lead: true } });
print({ answer: await spawned.answer() });
const transactionId = randomUUID().toUpperCase();
const awarded = await pets.awardCloseness({ actorId, petId, transactionId, body: { amount: 3 } });
const answer = await awarded.answer();
// The compiler knows both forms of the answer.
print({ answer, closeness: answer.type === 'REJECTED' ? answer.body.reason : answer.body.closeness });
print({ isCorrelated: answer.type !== 'REJECTED' && answer.body.transactionId.toUpperCase() === transactionId });
const refused = await pets.despawn({ actorId: actorId + 1, petId });
print({ answer: await refused.answer() });
// A method for every command answers.
for (const sent of [
  await pets.attempt({ actorId, petId, body: { commandId: 0 } }),
  await pets.awardFullness({ actorId, petId, body: { amount: 1 } }),
  await pets.awardLevel({ actorId, petId, body: { amount: 1 } }),
  await pets.exclude({ actorId, petId, body: { items: [2_000_000] } }),
  await pets.spawn({ actorId, petId, body: { lead: true } }),
  await pets.despawn({ actorId, petId }),
]) {
  print({ [sent.command.type]: (await sent.answer()).type });
}
// Several commands of one trace, at once: each has its own answer.
const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
const [rejected, accepted] = await Promise.all([
  pets.despawn({ actorId, petId }, { traceparent }).then((sent) => sent.answer()),
  pets.awardFullness({ actorId, petId, body: { amount: 1 } }, { traceparent }).then((sent) => sent.answer()),
]);
print({ rejected: rejected.type, accepted: accepted.type });
// A client that is disconnected while it joins a group closes the group too, and the process can end.
const leaving = createPetClient({ kafka, tenant, answers: false });
await leaving.connect();
const joining = leaving.subscribe({}, { groupId: `leaving-${randomUUID()}` });
await leaving.disconnect();
await joining.catch(() => undefined);
// @ts-expect-error an award has an amount
const incomplete = pets.awardCloseness({ actorId, petId, body: {} });
print({ fault: await incomplete.catch((error: unknown) => (error instanceof Error ? error.name : 'none')) });
print({ isError: new AnswerTimeout(awarded.command, 1) instanceof Error });
print({ ready: true });

process.stdin.on('end', () => void pets.disconnect()).resume();

function print(line: object): void {
  console.log(JSON.stringify(line));
}
