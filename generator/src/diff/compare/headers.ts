/** Compares all headers that may be sent with those that the reader accepts. */
import type { ErrorObject } from 'ajv';
import type { Schema } from '../../document.ts';
import type { Header } from '../../shape.ts';
import type { Found } from '../findings.ts';
import { areSendable, encodedHeaders, recordOf } from '../records/record.ts';
import { isRule, sentHeader, sentHeaderSchema } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { outcomeOf } from '../records/witness.ts';
import type { Sending } from '../rules/questions.ts';
import type { RuleFinding } from '../rules/rule.ts';
import { mayBeRefused } from '../rules/sentences.ts';
import { headerRuleFor, ruleOf } from '../rules/table.ts';
import type { Refusal } from '../schema/decide.ts';
import type { Unproved } from '../schema/proof/prover.ts';
import { identityOf } from '../schema/identity.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isObject } from '../../json-object.ts';
import { isValid } from '../schema/valid.ts';
import { found } from './ask.ts';
import type { Comparison, HeaderAnswer } from './comparison.ts';
import { decodedHeaders, headerPair, readHeaders } from './read-headers.ts';
import type { HeaderPair } from './read-headers.ts';

export function compareHeaders(comparison: Comparison, sending: Sending): Found[] {
  const { writer, reader } = sending;
  const pair = headerPair(writer, reader);
  if (pair.written.size === 0 && pair.read.size === 0 && ![writer, reader].some(hasRuleForOthers)) return [];
  const { refusals, left } = decided(comparison, sending, pair);
  return [
    ...refusals.map((refusal) => found(headerRuleFor(refusal.keyword), sending, refused(sending, refusal))),
    ...left.map((unproved) => found(ruleOf('header-changed'), sending, undecided(sending, unproved))),
    ...closed(sending, pair).map((finding) => found(ruleOf('header-changed'), sending, finding)),
  ];
}

/** Whether headers that the contract does not name have a schema. */
const hasRuleForOthers = ({ message: { headers } }: Side): boolean =>
  headers.patternProperties !== undefined || isRule(headers.additionalProperties);

/** Decides about headers. Most messages have the same ones, which are decided about once. */
function decided({ search, headerAnswers }: Comparison, { writer, reader }: Sending, pair: HeaderPair): HeaderAnswer {
  const { written, read, recoded } = pair;
  const { message, decoder } = writer;
  const sent = sentHeader(message);
  const schema = readHeaders(reader, pair);
  const accepted = linked(schema);
  const { apart, key } = reader.channel.contract;
  // A client skips a type that it does not know.
  const typeHeader = apart.by === 'header' && reader.decoder.kind === 'client' ? apart.name : undefined;
  const typed = typeHeader === undefined ? [] : [typeHeader, key];
  const question = JSON.stringify([
    identityOf(sent),
    identityOf(accepted),
    [...written.values()],
    [...read.values()],
    typed,
  ]);
  const answer = headerAnswers.get(question);
  if (answer !== undefined) return answer;
  const isSame = recoded.size === 0 && identityOf(sent) === identityOf(sentHeader(reader.message));
  const validator = search.validators.of(sentHeaderSchema(message), message.component);
  const readValidator = search.validators.of(schema, reader.message.component);
  const isSent = (values: unknown) =>
    isValid(sent, values) && (isSame || validator.isValid(values)) && areSendable(decoder, message, values);
  const errorsOf = (given: unknown): ErrorObject[] => {
    const bytes = encodedHeaders(decoder, message, given);
    if (typeHeader !== undefined && reader.decoder.choose({}, bytes).kind === 'skip') return [];
    const { values, errors } = decodedHeaders(bytes, pair);
    // Compiling validators takes most of the time: most headers need none.
    if (isValid(accepted, values)) return errors;
    // One that is there and malformed is reported once.
    const known = new Set(errors.map(nameIn));
    return [...errors, ...readValidator.errorsOf(values).filter((error) => !known.has(nameIn(error)))];
  };
  const { refusals, open } = search.decide({
    writer: [sent],
    reader: accepted,
    isSent,
    errorsOf,
    effort: isSame ? 6 : search.effort,
    first: hardHeaders(sent, pair),
  });
  const isOpen = ({ field, keyword }: Unproved) => field[0] !== typeHeader || keyword === 'required';
  const left = [...open.filter(isOpen), ...unprovedEncodings(pair, refusals)];
  headerAnswers.set(question, { refusals, left });
  return { refusals, left };
}

/** Generated code ignores headers that the contract does not have. The document states that a reader refuses them. */
function closed({ use, writer, reader }: Sending, { written, read }: HeaderPair): RuleFinding[] {
  if (use === 'send' || !isClosed(reader.message.headers)) return [];
  const path = ['headers', 'additionalProperties'];
  const { component } = reader.message;
  const lost = [...written.keys()].find((name) => !read.has(name));
  if (lost !== undefined) {
    const why = `The headers of ${component} forbid ${lost} now, which clients send; it is not known whether a reader refuses it`;
    return [{ verdict: 'look', path, why, subject: { header: lost } }];
  }
  if (isClosed(writer.message.headers)) return [];
  const why = `The headers of ${component} forbid others now; it is not known whether clients send some, or whether a reader refuses them`;
  return [{ verdict: 'look', path, why, subject: { header: '' } }];
}

const isClosed = ({ additionalProperties, allOf = [] }: Schema): boolean =>
  additionalProperties === false || allOf.some(isClosed);

function refused(sending: Sending, { keyword, path, field, value }: Refusal): RuleFinding {
  const { writer, reader } = sending;
  const name = field[0] ?? '';
  const record = recordOf(writer, { headers: encodedHeaders(writer.decoder, writer.message, value) });
  const isThere = name in record.headers;
  const missing = name === '' ? 'the headers are not allowed together' : `the header ${name} is missing`;
  const lost = isThere ? `the value of the header ${name} is not allowed` : missing;
  const common = {
    path: ['headers', ...path, keyword],
    why: `${mayBeRefused(sending)}: ${lost}`,
    subject: { header: name },
  };
  if (writer.decoder.read(record).kind !== 'message') return { ...common, verdict: 'look' };
  const read = reader.decoder.read(record);
  const outcome = isThere
    ? `has the header ${name} with a value that the reader does not allow`
    : name === ''
      ? 'has headers that the reader does not allow together'
      : `lacks the header ${name}, which the reader requires`;
  return { ...common, verdict: 'breaking', record, outcome: read.kind === 'message' ? outcome : outcomeOf(read) };
}

function undecided({ writer }: Sending, { keyword, path, field }: Unproved): RuleFinding {
  const { component } = writer.message;
  const name = field[0] ?? 'the headers';
  return {
    verdict: 'look',
    path: ['headers', ...path, keyword],
    why: `It is neither proved that the headers of every ${component} keep the rule "${keyword}" of ${name}, nor are headers found that break it`,
    subject: { header: field[0] ?? '' },
  };
}

/**
 * Returns headers near rules that no keyword of JSON Schema has: with one member more than a reader takes, and texts that a reader of
 * another notation may refuse.
 */
function hardHeaders(sent: Linked, { read, recoded }: HeaderPair): unknown[] {
  const [base] = samplesOf([sent], [], { random: randomOf(1), count: 1 });
  const others = isObject(base) ? base : {};
  return [...read.values()].flatMap(({ name, maxMembers }) => {
    const lists = maxMembers === undefined ? [] : ['a=1', 'a', '1'].map((member) => Array(maxMembers + 1).fill(member).join()); // prettier-ignore
    const texts = recoded.has(name) ? HARD_TEXTS : [];
    return [...lists, ...texts].map((value) => ({ ...others, [name]: value }));
  });
}

/** Texts that look like numbers, booleans or JSON, and are none. */
const HARD_TEXTS = ['', ' ', '00', '-1', '1.5', '1e3', '9'.repeat(17), 'a', 'TRUE', '{', '\u00e9'];

function nameIn({ instancePath, params }: ErrorObject): string | undefined {
  const { missingProperty } = params as { readonly missingProperty?: string };
  return missingProperty ?? instancePath.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Returns the headers with another encoding of which it is not clear that every value keeps its meaning. */
function unprovedEncodings({ written, read, recoded }: HeaderPair, refusals: readonly Refusal[]): Unproved[] {
  const unproved = [...recoded].filter((name) => {
    const [from, to] = [written.get(name), read.get(name)];
    return from !== undefined && to !== undefined && !keepsMeaning(from, to);
  });
  return unproved
    .filter((name) => refusals.every(({ field }) => field[0] !== name))
    .map((name) => ({ path: ['properties', name], keyword: 'x-encoding', field: [name] }));
}

/** Whether any value of one encoding has the same meaning in another one. Of values that are no texts, no document states how. */
function keepsMeaning(from: Header, to: Header): boolean {
  const limits = [to.pattern, to.maxLength, to.values, to.maxMembers];
  return to.encoding === 'text' && TEXTS.has(from.encoding) && limits.every((limit) => limit === undefined);
}

const TEXTS: ReadonlySet<Header['encoding']> = new Set(['text', 'ascii', 'uuid', 'traceparent', 'tracestate']);
