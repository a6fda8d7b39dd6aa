/** Compiles schemas in memory: the same validators as generated ones. */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { createAjv } from '../../ajv.ts';
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

  of(schema: object | boolean, name: string): Validated {
    const text = JSON.stringify(schema);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const validated = new Lazy(schema, name);
    this.#known.set(text, validated);
    return validated;
  }
}

class Lazy implements Validated {
  readonly schema: object | boolean;
  readonly #name: string;
  #first: ValidateFunction | undefined;
  #all: ValidateFunction | undefined;

  constructor(schema: object | boolean, name: string) {
    this.schema = schema;
    this.#name = name;
  }

  isValid(value: unknown): boolean {
    this.#first ??= this.#compiled({ messages: false });
    return guarded(this.#first, value);
  }

  errorsOf(value: unknown): readonly ErrorObject[] {
    if (this.isValid(value)) return [];
    this.#all ??= this.#compiled({ messages: false, allErrors: true });
    return guarded(this.#all, value) ? [] : (this.#all.errors ?? []);
  }

  #compiled(options: object): ValidateFunction {
    const ajv = createAjv(options);
    try {
      // Unless a schema needs it, Ajv writes code for it into every validator.
      ajv.opts.unevaluated = JSON.stringify(this.schema).includes('"unevaluatedProperties"');
      return ajv.compile(this.schema);
    } catch (error) {
      throw new SchemaError(this.#name, (error as Error).message);
    }
  }
}

/** A value may be nested deeper than the stack: it is not valid. */
function guarded(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(value);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
