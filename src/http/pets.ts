import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { NOT_SPAWNED, UNKNOWN_POSITION } from '../domain/pet.ts';
import { ownerKey } from '../keys.ts';
import { mustExist } from '../invariant.ts';
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
  /** The number of connections that `database` may open, at least 2. */
  readonly connections: number;
  readonly tenants: Tenants;
  /** Names of the headers that the events of a request carry on. */
  readonly forwardedHeaders: readonly string[];
  readonly publish: PublisherPort['publish'];
  /** Returns why no pet may be created now: too many events wait. Undefined if creating is allowed. */
  outboxFullReason(): string | undefined;
  /** Milliseconds since 1970. */
  clock(): number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The tenant and the trace of the request. */
    context: Context;
  }
}

interface CreateRoute {
  Body: CreateDocument;
}
interface PetRoute {
  Params: { readonly petId: string };
}
interface CharacterRoute {
  Params: { readonly characterId: string };
}

/** Adds the routes that create, read and list the pets of a tenant. */
export function petRoutes(api: FastifyInstance, options: PetsOptions): void {
  const { database, connections } = options;
  const writes = new WriteQueue({ ...WRITE_LIMITS, maxRunning: Math.floor(connections * WRITE_SHARE) });
  const queueCreate = (request: FastifyRequest<CreateRoute>, ownerId: number, reply: FastifyReply) =>
    writes.run(ownerKey(request.context.TENANT_ID, ownerId), () => create(options, request, ownerId, reply));
  api.decorateRequest('context');
  api.addHook('onRequest', (request, _reply, done) => {
    request.context = contextOf(request.raw, options.forwardedHeaders);
    done();
  });

  api.post<CreateRoute>('/pets', { schema: { body: createSchema(false) } }, (request, reply) => {
    const { ownerId } = request.body.data.attributes;
    return queueCreate(request, mustExist(ownerId, 'ownerId, which the schema requires'), reply);
  });

  const ownerInPath = { schema: { body: createSchema(true) }, preValidation: requireSameOwner };
  api.post<CreateRoute & CharacterRoute>('/characters/:characterId/pets', ownerInPath, (request, reply) =>
    queueCreate(request, idOf('characterId', request.params.characterId), reply),
  );

  api.get<PetRoute>('/pets/:petId', async ({ params, context }) => {
    const id = idOf('petId', params.petId);
    const pet = await findPet(database, context.TENANT_ID, id);
    if (pet === undefined) throw requestError(404, 'PET_NOT_FOUND', `There is no pet ${String(id)}`);
    return { data: resourceOf(pet) };
  });

  api.get<CharacterRoute>('/characters/:characterId/pets', async ({ params, query, context }) => {
    const ownerId = idOf('characterId', params.characterId);
    const page = readPageRequest(query as Readonly<Record<string, unknown>>);
    const { total, pets } = await listPets(database, context.TENANT_ID, ownerId, page);
    return { data: pets.map(resourceOf), ...pageLinks(`/api/characters/${String(ownerId)}/pets`, page, total) };
  });
}

/** Refuses an owner in the path that cannot exist, and a document that names another owner than the path. */
function requireSameOwner({ params, body }: FastifyRequest<CharacterRoute>, _: unknown, done: () => void): void {
  const ownerId = idOf('characterId', params.characterId);
  const source = { pointer: '/data/attributes/ownerId' };
  // The body is not validated yet.
  const inBody = (body as { data?: { attributes?: { ownerId?: unknown } } } | undefined)?.data?.attributes?.ownerId;
  if (Number.isInteger(inBody) && inBody !== 0 && inBody !== ownerId) {
    const what = `/data/attributes/ownerId is ${String(inBody)}, and the owner in the path is ${String(ownerId)}`;
    throw requestError(409, 'OWNER_CONFLICT', what, source);
  }
  if (ownerId === 0) throw requestError(422, 'ATTRIBUTE_OUT_OF_RANGE', 'The owner must be >= 1', source);
  done();
}

/** Creates the pet and answers after the commit. The publisher sends its event as it sends every other. */
async function create(
  { database, tenants, publish, outboxFullReason, clock }: PetsOptions,
  { body, context }: FastifyRequest<CreateRoute>,
  ownerId: number,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const full = outboxFullReason();
  if (full !== undefined)
    throw new RequestError([{ status: 503, code: 'OVERLOADED', what: full }], RETRY_AFTER_SECONDS);

  const now = clock();
  const pet = petOf(body, ownerId, now);
  await tenants.addIfUnknown(database, context);
  const { id, committed } = await createPet(database, context, pet);
  publish(committed);
  const data = resourceOf({ ...pet, id, slot: NOT_SPAWNED, excludes: [], createdAt: now, position: UNKNOWN_POSITION });
  return reply
    .code(201)
    .header('location', `/api/pets/${String(id)}`)
    .send({ data });
}

/** Reads an id (uint32) from the path. @throws {RequestError} 400 */
function idOf(name: string, text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  if (id > MAX_UINT32)
    throw requestError(400, 'ID_INVALID', `${JSON.stringify(text.slice(0, 64))} is not a valid ${name}`);
  return id;
}
