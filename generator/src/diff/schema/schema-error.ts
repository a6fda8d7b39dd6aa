/** A schema cannot be compiled. */
export class SchemaError extends Error {
  /** What has the schema. */
  readonly owner: string;

  constructor(owner: string, sentence: string) {
    super(sentence);
    this.owner = owner;
  }
}
