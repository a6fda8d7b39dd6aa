import { recordThatDiffers, valueAt } from '../../records/located.ts';
import type { ParameterChange } from '../questions.ts';
import type { ParameterRule, RuleFinding } from '../rule.ts';

export const parameterChanged: ParameterRule = {
  id: 'parameter-changed',
  kind: 'parameter',
  title: 'A parameter of an address has another value',
  directions: ['receive', 'send'],
  about:
    'With another default, or another location in the message, records go to another topic than before, or to one that the service does not read by default.',
  remedy: 'Keep default and location of the parameter.',
  check(change) {
    const { old, now } = change;
    return [
      ...(old.default !== undefined && old.default !== now.default ? defaultChanged(change, old.default) : []),
      ...(old.location !== undefined && old.location !== now.location ? locationChanged(change, old.location) : []),
    ];
  },
};

function defaultChanged({ use, name, now, topicOf }: ParameterChange, was: string): RuleFinding[] {
  const is = now.default;
  const [from, to] = [topicOf(was), topicOf(is ?? '...')];
  // With a list of values, the service reads the topics of all of them.
  if (use === 'receive' && (is === undefined || now.enum !== undefined)) return [];
  const outcome =
    use === 'send' ? `is sent to ${to}, not to ${from}` : `is sent to ${from}; by default, the service reads ${to}`;
  return [
    {
      verdict: 'breaking',
      path: ['default'],
      why: `The default of the parameter ${name} was ${was} and is ${is ?? 'none'}`,
      topic: use === 'send' ? to : from,
      outcome,
    },
  ];
}

function locationChanged({ use, name, old, now, writer, topicOf }: ParameterChange, was: string): RuleFinding[] {
  const is = now.location;
  const common = {
    verdict: 'breaking',
    path: ['location'],
    why: `The value of the parameter ${name} was at ${was} and is at ${is ?? 'no location'}`,
    outcome: 'is sent to the topic that another value names',
  } as const;
  if (writer === undefined || is === undefined) return [common];
  const record = recordThatDiffers(writer, [was, is], old.enum);
  const values = [was, is].map((location) => valueAt(writer, record, location));
  const [first, second] = values.map((value) => (value === undefined ? undefined : topicOf(value)));
  const [from, to] = use === 'receive' ? [first, second] : [second, first];
  if (from === undefined || to === undefined) return [{ ...common, record }];
  return [{ ...common, record, topic: from, outcome: `is sent to ${from}; the reader expects it in ${to}` }];
}
