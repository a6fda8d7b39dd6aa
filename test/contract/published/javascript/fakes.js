/** Unit tests of another team: no broker, and examples of the contract as fixtures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContractFault } from '@pet-service/contract';
import { closenessChangedExamples, spawnedExamples } from '@pet-service/contract/examples';
import { createFakePetService } from '@pet-service/contract/testing';

const [closenessChanged] = closenessChangedExamples;
const [spawned] = spawnedExamples;

test('records what was sent, as the service reads it', async () => {
  const { pets, sent } = createFakePetService();
  await pets.exclude({ actorId: 1, petId: 7, body: { items: [5] } });
  assert.equal(sent.length, 1);
  assert.deepEqual(
    { ...sent[0].message, transactionId: undefined },
    {
      transactionId: undefined,
      actorId: 1,
      petId: 7,
      type: 'EXCLUDE',
      body: { items: [5] },
    },
  );
  assert.equal(sent[0].headers.MAJOR_VERSION, 83);
  assert.equal(sent[0].record.key.toString('hex'), '0700000000000000');
});

test('refuses to send what breaks the contract', async () => {
  const { pets, sent } = createFakePetService();
  await assert.rejects(pets.spawn({ actorId: 1, petId: 7.5 }), ContractFault);
  await assert.rejects(pets.awardLevel({ actorId: 1, petId: 7, body: { amount: 300 } }), /\/body\/amount/);
  assert.equal(sent.length, 0);
});

test('answers a command by an event, or rejects it', async () => {
  const fake = createFakePetService();
  const awarded = await fake.pets.awardCloseness({ actorId: 1, petId: 7, body: { amount: 5 } });
  const { transactionId } = awarded.command;
  await fake.emit({ ...closenessChanged.payload, petId: 7, body: { ...closenessChanged.payload.body, transactionId } });
  assert.equal((await awarded.answer()).type, 'CLOSENESS_CHANGED');

  const called = await fake.pets.spawn({ actorId: 1, petId: 7 });
  await fake.reject(called, 'PET_EXPIRED');
  assert.equal((await called.answer()).body.reason, 'PET_EXPIRED');

  // An event about the pet that another command has caused is no answer.
  const other = await fake.pets.spawn({ actorId: 1, petId: 7 });
  await fake.emit({ ...spawned.payload, petId: 7 });
  await fake.emit({ ...spawned.payload, petId: 7, body: { ...spawned.payload.body, slot: 2 } }, { answers: other });
  assert.equal((await other.answer()).body.slot, 2);
});

test('gives up an answer that does not come', async () => {
  const { pets } = createFakePetService({ answerTimeoutMs: 20 });
  const sent = await pets.despawn({ actorId: 1, petId: 7 });
  await assert.rejects(sent.answer(), { name: 'AnswerTimeout' });
  const last = await pets.despawn({ actorId: 1, petId: 7 });
  await pets.disconnect();
  await assert.rejects(last.answer(), /disconnected/);
});

test('feeds subscriptions, without copies, other tenants and unknown types', async () => {
  const fake = createFakePetService();
  const seen = [];
  const SPAWNED = ({ petId, body }) => seen.push([petId, body.mood]);
  const invalid = [];
  await fake.pets.subscribe({ SPAWNED }, { groupId: 'tests', onInvalid: ({ code }) => invalid.push(code) });
  const record = fake.recordOf(spawned.payload);
  await fake.deliver(record);
  await fake.deliver(record);
  await fake.emit(spawned.payload, {
    tenant: { id: '00000000-0000-4000-8000-000000000001', region: 'X', majorVersion: 1, minorVersion: 1 },
  });
  const next = (change) => ({
    ...record,
    headers: { ...record.headers, SEQUENCE: '99' },
    value: Buffer.from(JSON.stringify(change)),
  });
  await fake.deliver(next({ ...spawned.payload, petId: 8, extra: 1, body: { ...spawned.payload.body, mood: 'good' } }));
  await fake.deliver(next({ petId: 8, ownerId: 1, type: 'SOMETHING_NEW', body: {} }));
  await fake.deliver(next({ ...spawned.payload, petId: 'eight' }));
  assert.deepEqual(seen, [
    [spawned.payload.petId, undefined],
    [8, 'good'],
  ]);
  assert.deepEqual(invalid, ['INVALID_PAYLOAD']);
});

test('an event whose handler fails is no copy when it comes again', async () => {
  const fake = createFakePetService();
  let calls = 0;
  const SPAWNED = () => {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
  };
  await fake.pets.subscribe({ SPAWNED }, { groupId: 'tests' });
  const record = fake.recordOf(spawned.payload);
  await assert.rejects(fake.deliver(record), /not yet/);
  await fake.deliver(record);
  await fake.deliver(record);
  assert.equal(calls, 2);
});

test('refuses to emit what breaks the contract', async () => {
  const fake = createFakePetService();
  await assert.rejects(fake.emit({ ...spawned.payload, petId: -1 }), /petId/);
});
