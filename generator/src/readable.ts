/**
 * Shortens Ajv's validators to code that stops at the first fault. Ajv counts errors and checks the count at every step, which
 * is needed only if it continues after an error; it nests the code after a check, and repeats type checks. The result accepts the
 * same values and names the same fault.
 */
import ts from 'typescript';

const COUNTER = /^(?:vErrors|errors|_errs\d+|valid\d+)$/;
const COUNTED = /^(?:errors === (?:0|_errs\d+)|_errs\d+ === errors|valid\d+)$/;
/** Code that continues after a fault (anyOf, not, ...) needs the count. */
const GOES_ON = /errors\+\+|errors ?= ?_errs|vErrors\.(?:push|concat|length)/;
/** A validator that calls another one passes on where it is, which a shortened one does not know. */
const CALLS = /\bvalidate\w+\(data/;

/** Returns the same validators, shorter. One that continues after a fault, calls others or is called by them stays as it is. */
export function readable(code: string): string {
  const source = ts.createSourceFile('validators.js', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const functions = source.statements.map((statement) => {
    const text = statement.getText(source);
    const isValidator =
      ts.isFunctionDeclaration(statement) && /^function validate[A-Z]\w*\(data, \{ ?instancePath=""/.test(text);
    if (
      !isValidator ||
      statement.body === undefined ||
      GOES_ON.test(text) ||
      CALLS.test(text.slice(text.indexOf('{', 60)))
    )
      return text;
    const body = new Shortened(source).statements(statement.body.statements, new Set());
    return idioms(`function ${statement.name?.text ?? ''}(data) {\n${body.join('\n')}\n}`);
  });
  return functions.join('\n\n');
}

/** Replaces Ajv's long forms with idioms. A validator always gets a whole message. */
function idioms(code: string): string {
  return code
    .replaceAll(/typeof (\w+) == "number" && !\(\1 % 1\) && !isNaN\(\1\) && isFinite\(\1\)/g, 'Number.isInteger($1)')
    .replaceAll(/!\(Number\.isInteger\((\w+)\)\)/g, '!Number.isInteger($1)')
    .replaceAll(/(\w+(?:\.\w+)*) && typeof \1 == "object" && !Array\.isArray\(\1\)/g, 'isObject($1)')
    .replaceAll(/\blet (data\d+) =/g, 'const $1 =')
    .replaceAll(/(?<![\w.$"'])instancePath ?\+ ?"/g, '"')
    .replaceAll(/(?<=[,(] ?)instancePath(?=[,)])/g, '""');
}

class Shortened {
  readonly #source: ts.SourceFile;

  constructor(source: ts.SourceFile) {
    this.#source = source;
  }

  /** @param facts conditions, as text, that are known to be true before the statements. */
  statements(list: readonly ts.Statement[], facts: ReadonlySet<string>): string[] {
    const known = new Set(facts);
    const lines: string[] = [];
    for (const statement of list) {
      lines.push(...this.#statement(statement, known));
      if (ends(lines)) break;
    }
    return lines;
  }

  #statement(statement: ts.Statement, known: Set<string>): string[] {
    if (ts.isBlock(statement)) return this.statements(statement.statements, known);
    if (ts.isIfStatement(statement)) return this.#if(statement, known);
    if (ts.isForStatement(statement) || ts.isForInStatement(statement)) {
      const text = this.#text(statement);
      const head = text.slice(0, text.length - this.#text(statement.statement).length);
      return [`${head}{`, ...this.statements([statement.statement], known), '}'];
    }
    if (ts.isVariableStatement(statement)) {
      const [declared] = statement.declarationList.declarations;
      return declared !== undefined && COUNTER.test(this.#text(declared.name)) ? [] : [this.#text(statement)];
    }
    const text = this.#text(statement);
    if (text.endsWith('.errors = vErrors;')) return [];
    return [text === 'return errors === 0;' ? 'return true;' : text];
  }

  #if({ expression, thenStatement, elseStatement }: ts.IfStatement, known: Set<string>): string[] {
    const condition = this.#simplified(expression, known);
    if (condition === 'true') return this.statements([thenStatement], known);
    const otherwise = elseStatement === undefined ? [] : [elseStatement];
    if (condition === 'false') return this.statements(otherwise, known);
    const [holds, fails] = [this.#holding(expression), this.#failing(expression)];
    const yes = this.statements([thenStatement], new Set([...known, ...holds]));
    const no = this.statements(otherwise, new Set([...known, ...fails]));
    if (ends(yes) || no.length === 0) {
      if (ends(yes)) for (const fact of fails) known.add(fact);
      return yes.length === 0 ? no : [`if (${condition}) {`, ...yes, '}', ...no];
    }
    if (ends(no)) for (const fact of holds) known.add(fact);
    const guard = [`if (${not(condition)}) {`, ...no, '}'];
    return ends(no) || yes.length === 0 ? [...guard, ...yes] : [`if (${condition}) {`, ...yes, '} else {', ...no, '}'];
  }

  /** Returns the condition without its known operands. */
  #simplified(expression: ts.Expression, known: ReadonlySet<string>): string {
    const text = this.#text(expression);
    if (COUNTED.test(text)) return 'true';
    if (text.startsWith('!') && COUNTED.test(text.slice(1))) return 'false';
    const left = parts(expression, ts.SyntaxKind.AmpersandAmpersandToken).filter(
      (part) => !this.#holding(part).every((fact) => known.has(fact)),
    );
    if (left.length === 0) return 'true';
    const [only, ...more] = left;
    if (only === undefined || more.length > 0)
      return this.#joined(left, { kind: ts.SyntaxKind.AmpersandAmpersandToken });
    const open = parts(only, ts.SyntaxKind.BarBarToken).filter((part) => {
      const fails = this.#failing(part);
      return fails.length === 0 || !fails.every((fact) => known.has(fact));
    });
    return this.#joined(open, { kind: ts.SyntaxKind.BarBarToken });
  }

  /** Returns the facts that hold if the expression is true. */
  #holding(expression: ts.Expression): string[] {
    return parts(expression, ts.SyntaxKind.AmpersandAmpersandToken).map((part) => this.#text(part));
  }

  /** Returns the facts that hold if the expression is false. */
  #failing(expression: ts.Expression): string[] {
    const inner = bare(expression);
    if (isNegation(inner)) return this.#holding(inner.operand);
    const any = parts(inner, ts.SyntaxKind.BarBarToken);
    if (any.length > 1) return any.flatMap((part) => this.#failing(part));
    const [first, second, ...more] = parts(inner, ts.SyntaxKind.AmpersandAmpersandToken);
    if (first === undefined || more.length > 0) return [];
    // `x === undefined && (missing = "x")`: the second operand is always true.
    if (second !== undefined) return this.#text(second).includes(' = "') ? this.#failing(first) : [];
    return [not(this.#text(inner))];
  }

  /** Returns source text in one form: without needless parentheses, operators with spaces. */
  #text(node: ts.Node): string {
    if (ts.isParenthesizedExpression(node)) return this.#text(node.expression);
    if (isNegation(node)) {
      const operand = bare(node.operand);
      const text = this.#text(operand);
      return ts.isBinaryExpression(operand) ? `!(${text})` : `!${text}`;
    }
    if (ts.isBinaryExpression(node)) {
      const { left, operatorToken, right } = node;
      return this.#joined([left, right], operatorToken);
    }
    return node.getText(this.#source);
  }

  #joined(operands: readonly ts.Expression[], operator: { readonly kind: ts.SyntaxKind }): string {
    const texts = operands.map(bare).map((operand) => {
      const loose = ts.isBinaryExpression(operand) && isLoose(operand) && operand.operatorToken.kind !== operator.kind;
      return loose ? `(${this.#text(operand)})` : this.#text(operand);
    });
    return texts.join(` ${ts.tokenToString(operator.kind) ?? ''} `);
  }
}

/** Returns whether the operator needs parentheses within another one. */
function isLoose({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return (
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.EqualsToken
  );
}

function isNegation(node: ts.Node): node is ts.PrefixUnaryExpression {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}

function bare(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? bare(expression.expression) : expression;
}

/** Returns the operands of a chain of one operator. */
function parts(expression: ts.Expression, operator: ts.SyntaxKind): ts.Expression[] {
  const inner = bare(expression);
  if (!ts.isBinaryExpression(inner) || inner.operatorToken.kind !== operator) return [inner];
  return [...parts(inner.left, operator), ...parts(inner.right, operator)];
}

function not(condition: string): string {
  if (/^[\w.() "]+ === [\w.() "]+$/.test(condition)) return condition.replace(' === ', ' !== ');
  if (/^[\w.() "]+ !== [\w.() "]+$/.test(condition)) return condition.replace(' !== ', ' === ');
  if (/^[\w.]+\([\w.]+\)$/.test(condition)) return `!${condition}`;
  return `!(${condition})`;
}

function ends(lines: readonly string[]): boolean {
  return lines.at(-1)?.startsWith('return ') ?? false;
}
