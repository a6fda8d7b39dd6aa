/** The service's source text, in which code is found by its structure and changed. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { fillIn, findMatches, parse } from './pattern.ts';
import type { Match } from './pattern.ts';

/** A change of the text of one file, at offsets of the original. */
interface Edit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type ParsedFiles = ReadonlyMap<string, ts.SourceFile>;

/** Parses every file of src. The result serves any number of {@link ServiceSource}. */
export function parseService(root: string): ParsedFiles {
  const paths = globSync('src/**/*.ts', { cwd: root }).sort();
  return new Map(paths.map((path) => [path, parse(path, readFileSync(join(root, path), 'utf8'))]));
}

/** Collects changes of the service. Each names the declaration that it changes, whatever file that is in. */
export class ServiceSource {
  readonly #files: ParsedFiles;
  readonly #edits: Edit[] = [];

  constructor(files: ParsedFiles) {
    this.#files = files;
  }

  /**
   * Returns the code of the one declaration of that name in src.
   *
   * @param name a function, variable or class at the top of a file, or `Class.member`.
   */
  code(name: string): Code {
    const [outer = '', member] = name.split('.');
    const found = [...this.#files.values()].flatMap((file) =>
      declarationsOf(file, outer).flatMap((node) => (member === undefined ? [node] : membersOf(node, member))),
    );
    return new Code(name, onlyOne(found, name), (edit) => this.#edits.push(edit));
  }

  /** Returns the SQL of a variable: the text of its first template or string. */
  sql(name: string): Sql {
    return new Sql(name, this.code(name).text(), (edit) => this.#edits.push(edit));
  }

  /** Names of all variables that hold a statement whose SQL matches. */
  statementsLike(sql: RegExp): string[] {
    return [...this.#files.values()].flatMap((file) =>
      variablesOf(file)
        .filter(({ initializer }) => initializer !== undefined && /^statement\(/.test(initializer.getText()))
        .filter(({ initializer }) => sql.test(textOf(initializer)?.getText() ?? ''))
        .map(({ name }) => name.getText()),
    );
  }

  /** Returns the changed files with their new text. @throws if two changes overlap. */
  changed(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const [path, edits] of Map.groupBy(this.#edits, (edit) => edit.path)) {
      let text = this.#files.get(path)?.text ?? '';
      let last = Infinity;
      // From the end, so that the offsets of earlier edits stay right. Those at one offset keep their order.
      for (const { start, end, text: by } of [...edits].reverse().sort((a, b) => b.start - a.start)) {
        if (end > last) throw new Error(`two changes overlap in ${path}`);
        last = start;
        text = text.slice(0, start) + by + text.slice(end);
      }
      texts.set(path, text);
    }
    return texts;
  }
}

type Add = (edit: Edit) => void;

/** The code of one declaration. Each method finds its pattern exactly once in it, or throws. */
export class Code {
  readonly #name: string;
  readonly #node: ts.Node;
  readonly #add: Add;

  constructor(name: string, node: ts.Node, add: Add) {
    this.#name = name;
    this.#node = node;
    this.#add = add;
  }

  /** Replaces an expression. `$` identifiers of the pattern may stand in `code`. */
  replace(pattern: string, code: string): this {
    const match = this.#match(pattern);
    return this.#edit(match.node, match.node.getStart(), match.node.end, fillIn(code, match.bindings));
  }

  /** Removes the statement that holds an expression. */
  remove(pattern: string): this {
    const statement = statementOf(this.#match(pattern).node);
    return this.#edit(statement, statement.getStart(), statement.end, '');
  }

  /** Adds statements before the one that holds an expression. */
  before(pattern: string, code: string): this {
    const match = this.#match(pattern);
    const statement = statementOf(match.node);
    return this.#edit(statement, statement.getStart(), statement.getStart(), `${fillIn(code, match.bindings)}\n`);
  }

  /** Adds statements after the one that holds an expression. */
  after(pattern: string, code: string): this {
    const match = this.#match(pattern);
    const statement = statementOf(match.node);
    return this.#edit(statement, statement.end, statement.end, `\n${fillIn(code, match.bindings)}`);
  }

  /** Adds statements at the start of a function's body, or members at the start of a class. */
  prepend(code: string): this {
    const node = this.#node;
    const isClass = ts.isClassDeclaration(node);
    const body = isClass ? node : bodyOf(node);
    if (body === undefined) throw new Error(`${this.#name} has no body`);
    const start = isClass ? node.members.pos : body.getStart() + 1;
    return this.#edit(node, start, start, `\n${code}\n`);
  }

  /** Returns the first template or string of a variable's value. */
  text(): ts.Node {
    const text = ts.isVariableDeclaration(this.#node) ? textOf(this.#node.initializer) : undefined;
    if (text === undefined) throw new Error(`${this.#name} has no text`);
    return text;
  }

  #match(pattern: string): Match {
    return onlyOne(findMatches(pattern, this.#node), `${pattern} in ${this.#name}`);
  }

  #edit(node: ts.Node, start: number, end: number, text: string): this {
    this.#add({ path: node.getSourceFile().fileName, start, end, text });
    return this;
  }
}

/** The SQL of one variable. Each method finds its clause exactly once in it, or throws. */
export class Sql {
  readonly #name: string;
  readonly #node: ts.Node;
  readonly #add: Add;

  constructor(name: string, node: ts.Node, add: Add) {
    this.#name = name;
    this.#node = node;
    this.#add = add;
  }

  /** Replaces a clause. Whitespace does not count, and `$word` stands for any one word, in `sql` too. */
  replace(clause: string, sql: string): this {
    return this.#replace(onlyOne(this.#matches(clause), `${clause} in ${this.#name}`), sql);
  }

  remove(clause: string): this {
    return this.replace(clause, '');
  }

  /** Replaces what matches, each time, once at least. */
  replaceEach(pattern: RegExp, sql: string): this {
    const matches = [...this.#node.getText().matchAll(new RegExp(pattern, 'g'))];
    if (matches.length === 0) throw new Error(`not found: ${String(pattern)} in ${this.#name}`);
    for (const match of matches) this.#replace(match, sql);
    return this;
  }

  #matches(clause: string): RegExpMatchArray[] {
    const names = new Set<string>();
    const source = clause
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/\W/g, '\\$&'))
      .join('\\s+')
      .replace(/\\\$([a-z]\w*)/gi, (_all, name: string) => {
        if (names.has(name)) return `\\k<${name}>`;
        names.add(name);
        return `(?<${name}>\\w+)`;
      });
    return [...this.#node.getText().matchAll(new RegExp(source, 'g'))];
  }

  #replace(match: RegExpMatchArray, sql: string): this {
    const start = this.#node.getStart() + (match.index ?? 0);
    const bindings = new Map(Object.entries(match.groups ?? {}).map(([name, word]) => [`$${name}`, word]));
    const path = this.#node.getSourceFile().fileName;
    this.#add({ path, start, end: start + match[0].length, text: fillIn(sql, bindings) });
    return this;
  }
}

function onlyOne<Item>(found: readonly Item[], what: string): Item {
  const [one, ...others] = found;
  if (one === undefined) throw new Error(`not found: ${what}`);
  if (others.length > 0) throw new Error(`found ${String(found.length)} times: ${what}`);
  return one;
}

function variablesOf(file: ts.SourceFile): ts.VariableDeclaration[] {
  return file.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [],
  );
}

/** Functions, variables and classes of that name at the top of a file. */
function declarationsOf(file: ts.SourceFile, name: string): ts.Node[] {
  const others = file.statements.filter(
    (statement) => ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement),
  );
  return [...others, ...variablesOf(file)].filter((node) => node.name?.getText() === name);
}

function membersOf(node: ts.Node, name: string): ts.Node[] {
  if (!ts.isClassDeclaration(node)) return [];
  return node.members.filter((member) =>
    ts.isConstructorDeclaration(member) ? name === 'constructor' : member.name?.getText() === name,
  );
}

function bodyOf(node: ts.Node): ts.Node | undefined {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node)
    ? node.body
    : undefined;
}

function statementOf(node: ts.Node): ts.Node {
  let at = node;
  while (!ts.isStatement(at)) at = at.parent;
  return at;
}

function textOf(node: ts.Node | undefined): ts.Node | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteral(node) || ts.isTemplateLiteral(node)) return node;
  return ts.forEachChild(node, textOf);
}
