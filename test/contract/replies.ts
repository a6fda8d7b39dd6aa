/** The replies to a message that the contract lists, and their comparison with decisions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { parse } from 'yaml';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { nameOf } from '../../scripts/docs/described.ts';
import type { Described, Reference, Reply, Timed } from '../../scripts/docs/described.ts';
import type { Decision } from '../../src/domain/pet.ts';
import type { Load, RuleInput } from '../../src/domain/rule-input.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { factsOf } from '../support/facts.ts';

interface Operation {
  readonly channel: Reference;
  readonly messages: readonly Reference[];
  readonly action?: string;
  readonly 'x-dead-letter'?: Operation;
}

interface Server {
  readonly description: string;
  readonly security: readonly Reference[];
}

interface Document {
  readonly servers: Readonly<Record<'kafka' | 'kafkaSecure', Server>>;
  readonly operations: Readonly<Record<string, Operation>> & {
    readonly receivePetCommand: Operation & { readonly reply: Operation };
    readonly sendPetStatus: Operation & { readonly 'x-timed': readonly Timed[] };
  };
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
    readonly messages: Readonly<Record<string, Described & { readonly correlationId?: Reference }>>;
    readonly schemas: Readonly<Record<string, object>> & {
      readonly RejectionReason: { readonly oneOf: readonly { readonly const: string }[] };
    };
  };
}
export const document = parse(await readFile(join(ROOT, 'asyncapi.yaml'), 'utf8')) as Document;
export const { messages } = document.components;
export const timed = document.operations.sendPetStatus['x-timed'];

export const NOW = Date.UTC(2026, 0, 1);

/** An input without pets, session or other services. */
export const emptyInput: RuleInput<Load> = {
  pet: undefined,
  position: undefined,
  session: undefined,
  spawnedPets: [],
  ownedPets: [],
  lastSessionEventAt: undefined,
  sentAt: NOW,
  now: NOW,
  facts: factsOf({}),
  roll: () => 0,
};

/** Counts the events of each reply; undefined if the events are not these replies in their order. */
function counted(replies: readonly Reply[], events: readonly PetStatusEvent[]): number[] | undefined {
  const pattern = replies.map(({ message, when, many }) => {
    const type = `${String(messages[nameOf(message)]?.name)} `;
    return many === true ? `((?:${type})*?)` : when === undefined ? `(${type})` : `(${type})?`;
  });
  const types = events.map(({ type }) => `${type} `).join('');
  const match = new RegExp(`^${pattern.join('')}$`).exec(types);
  return match?.slice(1).map((part: string | undefined) => part?.trim().split(' ').filter(Boolean).length ?? 0);
}

/**
 * Expects each reply without a condition in every decision, each with a condition in some, and of a reply that may occur
 * several times 0, 1 and 2.
 */
export function expectReplies(replies: readonly Reply[], decisions: readonly Decision[]): void {
  const eventLists = decisions.flatMap((decision) => (decision.kind === 'changed' ? [decision.events] : []));
  expect(eventLists).not.toHaveLength(0);
  const counts = eventLists.map((events) => {
    const found = counted(replies, events);
    if (found === undefined) throw new Error(`not in x-replies: ${events.map(({ type }) => type).join(' ')}`);
    return found;
  });
  for (const [index, { when, many }] of replies.entries()) {
    const seen = [...new Set(counts.map((found) => found[index]))].sort();
    if (many === true) expect(seen).toEqual(expect.arrayContaining([0, 1, 2]));
    else expect(seen).toEqual(when === undefined ? [1] : [0, 1]);
  }
}
