/** A schema cannot be compiled. */
export class SchemaError extends Error {
  /** What has the schema. */
  readonly subject: string;

  constructor(subject: string, sentence: string) {
    super(sentence);
    this.subject = subject;
  }
}
