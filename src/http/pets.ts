import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { NOT_SPAWNED, UNKNOWN_POSITION } from '../domain/pet.ts';
import { ownerKey } from '../keys.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { Database } from '../store/database.ts';
import { findPet, listPets } from '../store/tables/pet.ts';
import type { Tenants } from '../store/tenants.ts';
import { RETRY_AFTER_SECONDS } from './answers.ts';
import { createPet } from './create-pet.ts';
import { requestError, RequestError } from './json-api.ts';
import { readPageRequest, pageLinks } from './pagination.ts';
import { createSchema, MAX_UINT32, petOf, resourceOf } from './pet-resource.ts';
import type { CreateDocument } from './pet-resource.ts';
import { contextOf } from './tenant.ts';
import { WriteQueue } from './write-queue.ts';

/** A write waits as long as a statement waits for a lock, see src/store/settings.ts. */
const WRITE_LIMITS = { maxWaitingPerOwner: 24, maxWaitMs: 5_000 } as const;
/** The share of the connections that writes may use at the same time. The others serve reads. */
const WRITE_SHARE = 0.6;

export interface PetsOptions {
  readonly database: Database;
  /** How many connections it may open: at least 2. */
  readonly connections: number;
  readonly tenants: Tenants;
  /** Names of the headers that are carried to all that a request causes. */
  readonly forwardedHeaders: readonly string[];
  readonly publish: PublisherPort['publish'];
  /** Why no more events of pets may be committed now; undefined where they may. */
  outboxFullReason(): string | undefined;
  /** Milliseconds since 1970. */
  clock(): number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, and the trace that the request belongs to. */
    context: Context;
  }
}

interface Create {
  Body: CreateDocument;
}
interface OfPet {
  Params: { readonly petId: string };
}
interface OfCharacter {
  Params: { readonly characterId: string };
}

/** The pets of a tenant: created, read, listed by owner. */
export function petRoutes(api: FastifyInstance, options: PetsOptions): void {
  const { database, connections } = options;
  const writes = new WriteQueue({ ...WRITE_LIMITS, maxRunning: Math.floor(connections * WRITE_SHARE) });
  const createInTurn = (request: FastifyRequest<Create>, ownerId: number, reply: FastifyReply) =>
    writes.run(ownerKey(request.context.TENANT_ID, ownerId), () => create(options, request, ownerId, reply));
  api.decorateRequest('context');
  api.addHook('onRequest', (request, _reply, done) => {
    request.context = contextOf(request.raw, options.forwardedHeaders);
    done();
  });

  api.post<Create>('/pets', { schema: { body: createSchema(false) } }, (request, reply) => {
    const { ownerId = 0 } = request.body.data.attributes;
    return createInTurn(request, ownerId, reply);
  });

  const ofCharacter = { schema: { body: createSchema(true) }, preValidation: requireSameOwner };
  api.post<Create & OfCharacter>('/characters/:characterId/pets', ofCharacter, (request, reply) =>
    createInTurn(request, idOf('characterId', request.params.characterId), reply),
  );

  api.get<OfPet>('/pets/:petId', async ({ params, context }) => {
    const id = idOf('petId', params.petId);
    const pet = await findPet(database, context.TENANT_ID, id);
    if (pet === undefined) throw requestError(404, 'PET_NOT_FOUND', `There is no pet ${String(id)}`);
    return { data: resourceOf(pet) };
  });

  api.get<OfCharacter>('/characters/:characterId/pets', async ({ params, query, context }) => {
    const ownerId = idOf('characterId', params.characterId);
    const page = readPageRequest(query as Readonly<Record<string, unknown>>);
    const { total, pets } = await listPets(database, context.TENANT_ID, ownerId, page);
    return { data: pets.map(resourceOf), ...pageLinks(`/api/characters/${String(ownerId)}/pets`, page, total) };
  });
}

/** The path names an owner that there can be, and a document that names one names the same. */
function requireSameOwner({ params, body }: FastifyRequest<OfCharacter>, _: unknown, done: () => void): void {
  const ownerId = idOf('characterId', params.characterId);
  const source = { pointer: '/data/attributes/ownerId' };
  // Nothing is known of the body yet.
  const said = (body as { data?: { attributes?: { ownerId?: unknown } } } | undefined)?.data?.attributes?.ownerId;
  if (Number.isInteger(said) && said !== 0 && said !== ownerId) {
    const what = `/data/attributes/ownerId is ${String(said)}, the path says ${String(ownerId)}`;
    throw requestError(409, 'OWNER_CONFLICT', what, source);
  }
  if (ownerId === 0) throw requestError(422, 'ATTRIBUTE_OUT_OF_RANGE', 'The owner must be >= 1', source);
  done();
}

/** Creates the pet and answers after the commit; its event leaves as every other does. */
async function create(
  { database, tenants, publish, outboxFullReason, clock }: PetsOptions,
  { body, context }: FastifyRequest<Create>,
  ownerId: number,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const why = outboxFullReason();
  if (why !== undefined) throw new RequestError([{ status: 503, code: 'OVERLOADED', what: why }], RETRY_AFTER_SECONDS);

  const now = clock();
  const pet = petOf(body, ownerId, now);
  await tenants.asked(database, context);
  const { id, committed } = await createPet(database, context, pet);
  publish(committed);
  const data = resourceOf({ ...pet, id, slot: NOT_SPAWNED, excludes: [], createdAt: now, position: UNKNOWN_POSITION });
  return reply
    .code(201)
    .header('location', `/api/pets/${String(id)}`)
    .send({ data });
}

/** An id in the path, uint32. */
function idOf(name: string, text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  if (id > MAX_UINT32) throw requestError(400, 'ID_INVALID', `${JSON.stringify(text.slice(0, 64))} is no ${name}`);
  return id;
}
