import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import type { AssetStatusEvent } from '../../generated/contract/messages/asset-status.ts';
import { deleteAsset, isPetItem } from '../domain/deletion.ts';
import type { Decision } from '../domain/pet.ts';
import type { RuleInput } from '../domain/rule-input.ts';
import type { Handler } from './task.ts';

/** The pet that a deleted item was is gone with it. */
function decide({ characterId, templateId, slot }: AssetStatusEvent, { pets, sentAt, facts }: RuleInput): Decision {
  const assets = facts.ask('petAssets', characterId);
  return assets.kind === 'known' ? deleteAsset(pets, { templateId, slot, deletedAt: sentAt }, assets.answer) : assets;
}

export const assetEvents: Handler = {
  channel: assetStatus,
  decode(record) {
    const decoded = assetStatus.decode(record);
    if (decoded.kind !== 'message') return decoded;
    const { message: event, headers: context } = decoded;
    if (!isPetItem(event.templateId)) return { kind: 'skip', type: event.type };
    return {
      kind: 'task',
      context,
      sessionOf: undefined,
      subject: { ownerId: event.characterId },
      prefetch: [{ fact: 'petAssets', question: event.characterId }],
      decide: (turn) => decide(event, turn),
    };
  },
};
