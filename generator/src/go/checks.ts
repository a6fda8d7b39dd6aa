/** Writes the Go that checks the rules of a field. */
import { quoted } from './layout.ts';
import { boundsOf, isPointer } from './types.ts';
import type { GoField, GoType } from './types.ts';
import type { Patterns } from './patterns.ts';
import type { Numeric, Text } from './schema.ts';

/** Returns the statements that return the first fault of a field. */
export function checksOf(field: GoField, patterns: Patterns): string[] {
  const { name, key, type, isRequired, constants } = field;
  const variable = `value.${name}`;
  const pointer = [quoted(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)];
  if (constants.length > 0) {
    const others = ['""', ...(constants.length === 1 ? constants : [])];
    const differs =
      constants.length === 1
        ? others.map((constant) => `${variable} != ${constant}`).join(' && ')
        : constants.map((constant) => `${variable} != ${constant}`).join(' && ');
    return fails(differs, pointer, quoted(`must be ${constants.length === 1 ? '' : 'one of '}${wordsOf(type)}`));
  }
  if (isPointer(field)) {
    const checks = valueChecks(type, { expression: `*${variable}`, pointer, mayBeEmpty: false, patterns, depth: 0 });
    return checks.length === 0 ? [] : [`if ${variable} != nil {`, ...indented(checks), '}'];
  }
  const mayBeNil = type.hasNil && (!isRequired || type.isNullable) && !acceptsNil(type);
  const checks = valueChecks(type, { expression: variable, pointer, mayBeEmpty: isRequired, patterns, depth: 0 });
  if (!mayBeNil || checks.length === 0) return checks;
  return [`if ${variable} != nil {`, ...indented(checks), '}'];
}

/** Whether the checks of a value accept nil. */
function acceptsNil({ kind }: GoType): boolean {
  return (kind.kind === 'list' && kind.minItems === 0) || (kind.kind === 'map' && kind.minProperties === 0);
}

function wordsOf({ kind }: GoType): string {
  return kind.kind === 'enum' ? kind.values.map((value) => JSON.stringify(value)).join(', ') : '';
}

type Pointer = readonly string[];

interface Checked {
  /** The value; begins with * if it is what a pointer points to. */
  readonly expression: string;
  /** The expressions that together are its JSON pointer. */
  readonly pointer: Pointer;
  /** How many loops it is in. */
  readonly depth: number;
  /** Whether the text of a constant may be left out. */
  readonly mayBeEmpty: boolean;
  readonly patterns: Patterns;
}

function valueChecks(type: GoType, checked: Checked): string[] {
  const { expression, pointer, mayBeEmpty } = checked;
  const { kind } = type;
  switch (kind.kind) {
    case 'text':
      return textChecks(kind, checked);
    case 'enum': {
      const [only, ...more] = kind.values;
      const words = quoted(`must be ${more.length === 0 ? '' : 'one of '}${wordsOf(type)}`);
      if (more.length > 0) {
        const method = expression.startsWith('*') ? expression.slice(1) : expression;
        return fails(`!open && !${method}.Known()`, pointer, words);
      }
      const isEmpty = mayBeEmpty && only !== '' ? `${expression} != "" && ` : '';
      return fails(`${isEmpty}${expression} != ${quoted(only ?? '')}`, pointer, words);
    }
    case 'integer':
    case 'number':
      return numberChecks(kind, type.text, expression, pointer);
    case 'boolean':
      return kind.value === undefined
        ? []
        : fails(kind.value ? `!${operand(expression)}` : operand(expression), pointer, quoted(`must be ${kind.value}`));
    case 'struct': {
      const target = expression.startsWith('*') ? expression.slice(1) : expression;
      return [`if fault := ${target}.check(open); fault != nil {`, `\treturn fault.under(${pointer.join(' + ')})`, '}'];
    }
    case 'raw':
      return fails(
        `!isJSON(${expression}, ${kind.first === undefined ? '0' : `'${kind.first}'`})`,
        pointer,
        quoted(kind.first === '{' ? 'must be an object' : kind.first === '[' ? 'must be a list' : 'must be JSON'),
      );
    case 'list':
      return [
        ...countChecks(kind.minItems, kind.maxItems, 'items', expression, pointer),
        ...(kind.isUnique
          ? [
              `if i := repeatedAt(${expression}); i >= 0 {`,
              // The pointer is that of the list, as it is in the TypeScript.
              `\treturn broken(${pointer.join('+')}, "must not have an item twice: "+pointerAt(i))`,
              '}',
            ]
          : []),
        ...innerChecks(type, checked),
      ];
    case 'map':
      return [
        ...countChecks(kind.minProperties, kind.maxProperties, 'fields', expression, pointer),
        ...innerChecks(type, checked),
      ];
  }
}

function textChecks(
  { minLength = 0, maxLength, patterns: expressions }: Text,
  { expression, pointer, patterns }: Checked,
): string[] {
  const count = `utf8.RuneCountInString(${expression})`;
  return [
    ...(minLength > 0
      ? fails(
          minLength === 1 ? `${expression} == ""` : `${count} < ${minLength}`,
          pointer,
          quoted(`must have at least ${plural(minLength, 'character')}`),
        )
      : []),
    ...(maxLength === undefined
      ? []
      : fails(`${count} > ${maxLength}`, pointer, quoted(`must have at most ${plural(maxLength, 'character')}`))),
    ...expressions.flatMap(({ expression: pattern, rule }) =>
      fails(`!${patterns.nameOf(pattern)}.MatchString(${expression})`, pointer, quoted(rule)),
    ),
  ];
}

function numberChecks(numeric: Numeric, type: string, expression: string, pointer: Pointer): string[] {
  const { minimum = -Infinity, maximum = Infinity, isAboveMinimum, isBelowMaximum, multipleOf, values } = numeric;
  const [least, greatest] = boundsOf(type);
  const low = minimum > least ? `${expression} ${isAboveMinimum ? '<=' : '<'} ${minimum}` : undefined;
  const high = maximum < greatest ? `${expression} ${isBelowMaximum ? '>=' : '>'} ${maximum}` : undefined;
  const lowWords = `${isAboveMinimum ? '>' : '>='} ${minimum}`;
  const highWords = `${isBelowMaximum ? '<' : '<='} ${maximum}`;
  const words = [...(minimum > -Infinity ? [lowWords] : []), ...(maximum < Infinity ? [highWords] : [])].join(' and ');
  const bounds = [low, high].filter((part) => part !== undefined).join(' || ');
  return [
    ...(bounds === '' ? [] : fails(bounds, pointer, quoted(`must be ${words}`))),
    ...(multipleOf === undefined || multipleOf === 1
      ? []
      : fails(
          multipleOf > greatest ? `${expression} != 0` : `${expression}%${multipleOf} != 0`,
          pointer,
          quoted(`must be a multiple of ${multipleOf}`),
        )),
    ...(values === undefined
      ? []
      : fails(
          values.map((value) => `${expression} != ${value}`).join(' && '),
          pointer,
          quoted(`must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`),
        )),
  ];
}

function countChecks(
  minimum: number,
  maximum: number | undefined,
  things: string,
  expression: string,
  pointer: Pointer,
): string[] {
  const thing = things.replace(/s$/, '');
  return [
    ...(minimum > 0
      ? fails(`len(${expression}) < ${minimum}`, pointer, quoted(`must have at least ${plural(minimum, thing)}`))
      : []),
    ...(maximum === undefined
      ? []
      : fails(`len(${expression}) > ${maximum}`, pointer, quoted(`must have at most ${plural(maximum, thing)}`))),
  ];
}

/** Returns a loop that checks the items or values; nothing if they have no rules. */
function innerChecks({ kind, inner }: GoType, { expression, pointer, patterns, depth }: Checked): string[] {
  if (inner === undefined) return [];
  const suffix = depth === 0 ? '' : String(depth + 1);
  const index = (kind.kind === 'list' ? 'i' : 'name') + suffix;
  const item = `item${suffix}`;
  const at = [...pointer, kind.kind === 'list' ? `pointerAt(${index})` : `pointerTo(${index})`];
  const isPointerItem = inner.text.startsWith('*');
  const checks = valueChecks(inner, {
    expression: isPointerItem ? `*${item}` : item,
    pointer: at,
    mayBeEmpty: false,
    patterns,
    depth: depth + 1,
  });
  const isNil = inner.hasNil && inner.kind.kind !== 'raw' && !inner.isNullable;
  const mayBeNil = isPointerItem || (inner.hasNil && inner.isNullable);
  const body = isNil
    ? [...fails(`${item} == nil`, at, quoted('must not be nil')), ...checks]
    : mayBeNil && checks.length > 0
      ? [`if ${item} != nil {`, ...indented(checks), '}']
      : checks;
  return body.length === 0 ? [] : [`for ${index}, ${item} := range ${expression} {`, ...indented(body), '}'];
}

function fails(condition: string, pointer: Pointer, words: string): string[] {
  return [`if ${condition} {`, `\treturn broken(${pointer.join('+')}, ${words})`, '}'];
}

const indented = (lines: readonly string[]) => lines.map((line) => `\t${line}`);
const operand = (expression: string) => (expression.startsWith('*') ? `(${expression})` : expression);
const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
