/** A program of another team, in CommonJS. */
const { randomUUID } = require('node:crypto');
const { ContractFault, petCommand } = require('@pet-service/contract');
const { createPetClient } = require('@pet-service/contract/kafkajs');
const service = require('@pet-service/contract/service');
const { Kafka } = require('kafkajs');

async function main() {
  const { KAFKA_BROKERS, OWNER, PET } = process.env;
  const tenant = { id: '083839c6-c47c-42a6-9585-76492795d123', region: 'GMS', majorVersion: 83, minorVersion: 1 };
  const pets = createPetClient({ kafka: new Kafka({ brokers: KAFKA_BROKERS.split(',') }), tenant });
  await pets.connect();
  const sent = await pets.awardCloseness({
    actorId: Number(OWNER),
    petId: Number(PET),
    transactionId: randomUUID(),
    body: { amount: 2 },
  });
  const answer = await sent.answer();
  // One class, however it is loaded.
  const fault = await pets.awardLevel({ actorId: 1, petId: -1, body: { amount: 1 } }).catch((error) => error);
  const decoded = service.petCommand.decode(petCommand.encode(sent.command, sent.headers));
  await pets.disconnect();
  console.log(JSON.stringify({ type: answer.type, isFault: fault instanceof ContractFault, decoded: decoded.kind }));
}

void main();
