/** All rules of the gate, in the order of docs/contract-gate.md. */
import { channelAdded } from './channels/channel-added.ts';
import { channelRemoved } from './channels/channel-removed.ts';
import { channelServersChanged } from './channels/channel-servers-changed.ts';
import { cleanupChanged } from './channels/cleanup-changed.ts';
import { parameterChanged } from './channels/parameter-changed.ts';
import { parameterNarrowed } from './channels/parameter-narrowed.ts';
import { parameterWidened } from './channels/parameter-widened.ts';
import { partitionsChanged } from './channels/partitions-changed.ts';
import { recordSizeReduced } from './channels/record-size-reduced.ts';
import { retentionShortened } from './channels/retention-shortened.ts';
import { topicChanged } from './channels/topic-changed.ts';
import { topicVariableChanged } from './channels/topic-variable-changed.ts';
import { unknownTypesRefused } from './channels/unknown-types-refused.ts';
import { headerChanged } from './headers/header-changed.ts';
import { headerEncodingChanged } from './headers/header-encoding-changed.ts';
import { headerRequired } from './headers/header-required.ts';
import { headersExtended } from './headers/headers-extended.ts';
import { keyAdded } from './keys/key-added.ts';
import { keyChanged } from './keys/key-changed.ts';
import { keyEncodingChanged } from './keys/key-encoding-changed.ts';
import { keyFieldChanged } from './keys/key-field-changed.ts';
import { keyRemoved } from './keys/key-removed.ts';
import { contentTypeChanged } from './messages/content-type-changed.ts';
import { correlationAdded } from './messages/correlation-added.ts';
import { correlationChanged } from './messages/correlation-changed.ts';
import { fieldRemoved } from './messages/field-removed.ts';
import { messageAdded } from './messages/message-added.ts';
import { messageRemoved } from './messages/message-removed.ts';
import { schemaIdChanged } from './messages/schema-id-changed.ts';
import { schemaLanguageChanged } from './messages/schema-language-changed.ts';
import { clientIdChanged } from './operations/client-id-changed.ts';
import { groupChanged } from './operations/group-changed.ts';
import { operationAdded } from './operations/operation-added.ts';
import { operationRemoved } from './operations/operation-removed.ts';
import { operationSecurityChanged } from './operations/operation-security-changed.ts';
import { replyChanged } from './operations/reply-changed.ts';
import { replyRemoved } from './operations/reply-removed.ts';
import { alternativesChanged } from './payload/alternatives-changed.ts';
import { conditionChanged } from './payload/condition-changed.ts';
import { fieldRequired } from './payload/field-required.ts';
import { fieldsClosed } from './payload/fields-closed.ts';
import { formChanged } from './payload/form-changed.ts';
import { keywordNotCompared } from './payload/keyword-not-compared.ts';
import { lengthChanged } from './payload/length-changed.ts';
import { listChanged } from './payload/list-changed.ts';
import { payloadExtended } from './payload/payload-extended.ts';
import { rangeChanged } from './payload/range-changed.ts';
import { typeChanged } from './payload/type-changed.ts';
import { valuesChanged } from './payload/values-changed.ts';
import { schemaRegistryChanged } from './servers/schema-registry-changed.ts';
import { securityChanged } from './servers/security-changed.ts';
import { serverAdded } from './servers/server-added.ts';
import { serverChanged } from './servers/server-changed.ts';
import { serverRemoved } from './servers/server-removed.ts';
import { serverVariableChanged } from './servers/server-variable-changed.ts';
import { documentChanged } from './version/document-changed.ts';
import { versionStep } from './version/version-step.ts';
import type { HeaderRule, PayloadRule, Rule } from './rule.ts';

export const RULES: readonly Rule[] = [
  channelRemoved,
  channelAdded,
  topicChanged,
  topicVariableChanged,
  channelServersChanged,
  parameterNarrowed,
  parameterWidened,
  parameterChanged,
  partitionsChanged,
  cleanupChanged,
  retentionShortened,
  recordSizeReduced,
  unknownTypesRefused,
  operationRemoved,
  operationAdded,
  operationSecurityChanged,
  groupChanged,
  clientIdChanged,
  replyRemoved,
  replyChanged,
  messageRemoved,
  messageAdded,
  fieldRemoved,
  correlationChanged,
  correlationAdded,
  contentTypeChanged,
  schemaIdChanged,
  schemaLanguageChanged,
  fieldRequired,
  typeChanged,
  valuesChanged,
  rangeChanged,
  lengthChanged,
  formChanged,
  listChanged,
  fieldsClosed,
  alternativesChanged,
  conditionChanged,
  keywordNotCompared,
  payloadExtended,
  headerRequired,
  headerEncodingChanged,
  headerChanged,
  headersExtended,
  keyAdded,
  keyRemoved,
  keyEncodingChanged,
  keyFieldChanged,
  keyChanged,
  serverRemoved,
  serverAdded,
  serverChanged,
  serverVariableChanged,
  securityChanged,
  schemaRegistryChanged,
  versionStep,
  documentChanged,
];

const byId = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: string): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}

export type RuleOf<Kind extends Rule['kind']> = Extract<Rule, { readonly kind: Kind }>;

/** Returns the rules of one kind. */
export const rulesOf = <Kind extends Rule['kind']>(kind: Kind): readonly RuleOf<Kind>[] =>
  RULES.filter((rule): rule is RuleOf<Kind> => rule.kind === kind);

/** Returns the rule for a keyword that a payload breaks. */
export const payloadRuleFor = (keyword: string): PayloadRule =>
  rulesOf('payload').find(({ keywords }) => keywords.includes(keyword)) ?? conditionChanged;

/** Returns the rule for a keyword that the headers of a record break. */
export const headerRuleFor = (keyword: string): HeaderRule =>
  rulesOf('header').find(({ keywords }) => keywords.includes(keyword)) ?? headerChanged;
