import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { dispatchAssetStatus } from '../../generated/contract/messages/asset-status.js';
import type { AssetDeletedEvent, AssetStatusHandlers } from '../../generated/contract/messages/asset-status.js';
import type { MessageHeaders } from '../context.ts';
import { deleteAsset, isPetItem } from '../domain/deletion.ts';
import { ownerTask } from './task.ts';
import type { Handler, Skipped, Task } from './task.ts';

/** Deletes the pet that a deleted item was. */
const deletedAsset = ownerTask({
  load: ['ownedPets'],
  prefetch: ({ characterId }: AssetDeletedEvent) => [{ fact: 'petAssets', question: characterId }],
  decide: ({ characterId, templateId, slot }, { ownedPets, sentAt, facts }) => {
    const assets = facts.ask('petAssets', characterId);
    if (assets.kind !== 'known') return assets;
    return deleteAsset(ownedPets, { templateId, slot, deletedAt: sentAt }, assets.answer);
  },
});

const handlers: AssetStatusHandlers<MessageHeaders, Task<MessageHeaders> | Skipped> = {
  DELETED: (event, headers) =>
    isPetItem(event.templateId) ? deletedAsset(event, headers) : { kind: 'skip', type: event.type },
};

export const assetEvents: Handler = {
  channel: assetStatus,
  decode(record) {
    const decoded = assetStatus.decode(record);
    return decoded.kind === 'message' ? dispatchAssetStatus(handlers, decoded.message, decoded.headers) : decoded;
  },
};
