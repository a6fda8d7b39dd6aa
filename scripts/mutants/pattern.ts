/** Code patterns: TypeScript in which an identifier that begins with `$` stands for any expression. */
import ts from 'typescript';

/** What the `$` identifiers of a pattern stand for, as source text. */
export type Bindings = ReadonlyMap<string, string>;

export interface Match {
  readonly node: ts.Node;
  readonly bindings: Bindings;
}

/**
 * Returns every node below `scope` that has the structure of `pattern`, an expression. Whitespace and comments do not
 * count. An identifier that begins with `$` matches any node, and the same text each time.
 */
export function findMatches(pattern: string, scope: ts.Node): Match[] {
  const expected = parseExpression(pattern);
  const matches: Match[] = [];
  visit(scope);
  return matches;

  function visit(node: ts.Node): void {
    const bindings = new Map<string, string>();
    if (isMatch(expected, node, bindings)) matches.push({ node, bindings });
    ts.forEachChild(node, visit);
  }
}

/** Returns `code` with the text of its `$` identifiers in place of them. */
export function fillIn(code: string, bindings: Bindings): string {
  return code.replace(/\$[a-z]\w*/gi, (name) => bindings.get(name) ?? name);
}

function parseExpression(code: string): ts.Node {
  // In a function, so that `await` is one, and in parentheses, so that `{` opens an object.
  const file = parse('pattern.ts', `async () => (${code})`);
  const [statement] = file.statements;
  const arrow = statement && ts.isExpressionStatement(statement) ? statement.expression : undefined;
  if (!arrow || !ts.isArrowFunction(arrow) || !ts.isParenthesizedExpression(arrow.body)) {
    throw new Error(`not an expression: ${code}`);
  }
  return arrow.body.expression;
}

/** Parses one file. Nothing is resolved and no type is checked. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function isMatch(pattern: ts.Node, node: ts.Node, bindings: Map<string, string>): boolean {
  if (ts.isIdentifier(pattern) && pattern.text.startsWith('$')) {
    const text = node.getText();
    const bound = bindings.get(pattern.text);
    bindings.set(pattern.text, bound ?? text);
    return bound === undefined || bound === text;
  }
  if (pattern.kind !== node.kind) return false;
  const [expected, actual] = [childrenOf(pattern), childrenOf(node)];
  if (expected.length === 0 && actual.length === 0) return pattern.getText() === node.getText();
  return (
    expected.length === actual.length &&
    expected.every((child, index) => {
      const other = actual[index];
      return other !== undefined && isMatch(child, other, bindings);
    })
  );
}

/** Its children with all tokens, except commas and semicolons: prettier adds and removes them. */
function childrenOf(node: ts.Node): ts.Node[] {
  return node
    .getChildren()
    .flatMap((child) => (child.kind === ts.SyntaxKind.SyntaxList ? child.getChildren() : [child]))
    .filter(({ kind }) => kind !== ts.SyntaxKind.CommaToken && kind !== ts.SyntaxKind.SemicolonToken);
}
