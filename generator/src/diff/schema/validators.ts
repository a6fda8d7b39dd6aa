/** Compiles schemas in memory: the same validators as generated ones. */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { createAjv } from '../../ajv.ts';
import { ENGINE } from './matching.ts';
import { RulePaths } from './rule-paths.ts';
import { SchemaError } from './schema-error.ts';

/** A schema as `schemaOf` returns it, with its validators. Each is compiled when it is needed. */
export interface Validated {
  readonly schema: object | boolean;
  isValid(value: unknown): boolean;
  /** Returns all errors of a value. */
  errorsOf(value: unknown): readonly ErrorObject[];
}

/** Compiles each schema once, also if several messages have it. */
export class Validators {
  readonly #known = new Map<string, Validated>();

  of(schema: object | boolean, subject: string): Validated {
    const text = JSON.stringify(schema);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const validated = new Lazy(schema, subject, text.length > MAX_NESTED);
    this.#known.set(text, validated);
    return validated;
  }
}

/** Ajv, with options. It is made when it is needed. */
class Compiler {
  readonly #options: object;
  #ajv: ReturnType<typeof createAjv> | undefined;

  constructor(options: object) {
    this.#options = options;
  }

  compiled(schema: object | boolean, subject: string): ValidateFunction {
    this.#ajv ??= createAjv(this.#options);
    // The path of an error needs the schema of its rule.
    this.#ajv.opts.verbose = isRecursive(schema);
    try {
      // Unless a schema needs it, Ajv writes code for it into every validator.
      this.#ajv.opts.unevaluated = JSON.stringify(schema).includes('"unevaluatedProperties"');
      return this.#ajv.compile(schema);
    } catch (error) {
      throw new SchemaError(subject, (error as Error).message);
    } finally {
      // Ajv keeps every schema that it has compiled.
      if (typeof schema === 'object') this.#ajv.removeSchema(schema);
    }
  }
}

// Ajv refuses keywords with values of other types also without its own schema, which takes long to compile. To optimize code takes longer
// than it saves: each validator sees a few values only.
const OPTIONS = { messages: false, validateSchema: false, code: { optimize: false, regExp: ENGINE } };
/** The code of a validator that stops at the first error is nested as deep as the schema has rules: a larger one exceeds the stack. */
const MAX_NESTED = 20_000;
const FIRST_ERROR = new Compiler(OPTIONS);
const ALL_ERRORS = new Compiler({ ...OPTIONS, allErrors: true });

class Lazy implements Validated {
  readonly schema: object | boolean;
  readonly #subject: string;
  readonly #isLarge: boolean;
  #first: ValidateFunction | undefined;
  #allErrors: ValidateFunction | undefined;
  #paths: RulePaths | undefined;

  /** @param isLarge whether code that stops at the first error is nested too deep. */
  constructor(schema: object | boolean, subject: string, isLarge: boolean) {
    this.schema = schema;
    this.#subject = subject;
    this.#isLarge = isLarge;
  }

  isValid(value: unknown): boolean {
    this.#first ??= this.#isLarge ? this.#all() : FIRST_ERROR.compiled(this.schema, this.#subject);
    return guarded(this.#first, value);
  }

  errorsOf(value: unknown): readonly ErrorObject[] {
    if (this.isValid(value)) return [];
    const all = this.#all();
    const errors = guarded(all, value) ? [] : (all.errors ?? []);
    if (!isRecursive(this.schema)) return errors;
    const paths = (this.#paths ??= new RulePaths(this.schema));
    return errors.map((error) => paths.fromRoot(error));
  }

  #all(): ValidateFunction {
    return (this.#allErrors ??= ALL_ERRORS.compiled(this.schema, this.#subject));
  }
}

/** Whether a schema has definitions: they contain themselves. */
const isRecursive = (schema: object | boolean): schema is object =>
  typeof schema === 'object' && 'definitions' in schema;

/** A value may be nested deeper than the stack: it is not valid. */
function guarded(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(value);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
