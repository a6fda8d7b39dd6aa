/** Asks rules. */
import type { Found, Witness } from '../findings.ts';
import { recordOf } from '../records/record.ts';
import { witnessOf } from '../records/witness.ts';
import type { Question } from '../rules/questions.ts';
import type { Breaking, Deciding, DecidingRule, Rule, RuleFinding } from '../rules/rule.ts';
import { rulesOf } from '../rules/table.ts';
import { sampleTopic } from '../topics.ts';

type Kind = DecidingRule['kind'];
type QuestionOf<K extends Kind> = Parameters<Extract<DecidingRule, { readonly kind: K }>['check']>[0];

/** Asks every rule of a kind, in the order of the table, about each thing whose direction is one of the rule's. */
export function ask<K extends Kind>(kind: K, questions: readonly QuestionOf<K>[]): Found[] {
  const rules = rulesOf(kind) as readonly (Rule & Deciding<K, QuestionOf<K>>)[];
  return rules.flatMap((rule) =>
    questions
      .filter(({ use }) => use === undefined || rule.directions.includes(use))
      .flatMap((question) => [rule.check(question) ?? []].flat().map((finding) => found(rule, question, finding))),
  );
}

/** Adds to what a rule finds what all findings about one thing share. */
export function found(rule: Rule, question: Question, finding: RuleFinding): Found {
  const { use, location, subject, isStrictOnly = false } = question;
  return {
    rule: rule.id,
    verdict: finding.verdict,
    location: finding.location ?? { ...location, path: [...location.path, ...(finding.path ?? [])] },
    direction: use,
    why: finding.why,
    witness: finding.verdict === 'breaking' ? witness(question, finding) : undefined,
    subject: { ...subject, ...finding.subject },
    isStrictOnly,
    ...(finding.verdict === 'safe' && finding.isLookOfReaders === true && { isLookOfReaders: true }),
  };
}

function witness({ writer, channel }: Question, { record, outcome, topic }: Breaking): Witness | undefined {
  if (writer !== undefined) return witnessOf(writer, record ?? recordOf(writer), outcome, topic);
  // Of a channel without messages, nothing is known but its topic.
  if (channel === undefined) return undefined;
  const address = topic ?? channel.contract.address;
  return { topic: address && sampleTopic(channel, address), key: null, headers: {}, payload: null, outcome };
}
