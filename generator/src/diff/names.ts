/** The names of channels and messages in both versions: declarations may use either. */
import { matchedChannels } from './compare/match-channels.ts';
import { matchedMessages } from './compare/match-messages.ts';
import type { Versions } from './compare/versions.ts';
import { topicOf } from './service.ts';
import type { Service, ServiceChannel, Use } from './service.ts';

type Pair = readonly [old: string, now: string];

export class Names {
  readonly #channels: readonly ServiceChannel[];
  readonly #before: Service;
  readonly #channelPairs: readonly Pair[];
  readonly #messagePairs: readonly Pair[];

  /** @param versions both with the channels joined that share topics, as they are compared. */
  constructor(before: Service, after: Service, versions: Versions) {
    const { pairs } = matchedChannels(before, after);
    this.#channels = [...before.channels, ...after.channels];
    this.#before = before;
    const sameTopics = [...Map.groupBy(this.#channels, topicOf)].flatMap(([topic, same]) =>
      topic === undefined
        ? []
        : same.flatMap((one) => same.map((other): Pair => [one.contract.key, other.contract.key])),
    );
    this.#channelPairs = [
      ...pairs.map((pair): Pair => [pair.before.contract.key, pair.after.contract.key]),
      ...sameTopics,
    ];
    this.#messagePairs = messagePairs(versions);
  }

  /** Returns the keys of the channels where the service receives or sends a message, in either version. */
  channelsOf(message: string, use: Use): string[] {
    const found = this.#channels.filter(({ uses }) => uses[use]?.has(message) === true);
    return [...new Set(found.map(({ contract }) => contract.key))];
  }

  /** Returns the fields or headers that distinguish the messages of channels. */
  distinguishing(keys: readonly string[], what: 'field' | 'header'): string[] {
    const found = this.#channels.filter(({ contract }) => keys.includes(contract.key));
    return [...new Set(found.flatMap(({ contract: { apart } }) => (apart.by === what ? [apart.name] : [])))];
  }

  isSameChannel(one: string, other: string): boolean {
    return one === other || isPair(this.#channelPairs, one, other);
  }

  isSameMessage(one: string, other: string): boolean {
    return one === other || isPair(this.#messagePairs, one, other);
  }

  /** Returns channel and messages of the replies to requests on a channel, in the old version. */
  repliesOn(request: string): { readonly channel: string; readonly messages: readonly string[] }[] {
    const { contract, channels } = this.#before;
    const keyOf = (name: string | undefined) => channels.find((one) => one.contract.name === name)?.contract.key;
    return contract.operations.flatMap(({ channel, reply }) => {
      const [key, replyKey] = [keyOf(channel), keyOf(reply?.channel)];
      if (key === undefined || replyKey === undefined || !this.isSameChannel(key, request)) return [];
      return [{ channel: replyKey, messages: reply?.messages ?? [] }];
    });
  }
}

const isPair = (pairs: readonly Pair[], one: string, other: string) =>
  pairs.some(([old, now]) => (old === one && now === other) || (old === other && now === one));

/** Returns the names of each message in both versions. One message may be several in the other version. */
function messagePairs({ comparison, pairs }: Versions): Pair[] {
  return pairs.flatMap((pair) =>
    (['old', 'new'] as const).flatMap((version) =>
      (['receive', 'send'] as const).flatMap((use) =>
        matchedMessages(comparison, version, pair, use).flatMap(({ message, other }): Pair[] =>
          other === undefined ? [] : [[message.component, other.component]],
        ),
      ),
    ),
  );
}
