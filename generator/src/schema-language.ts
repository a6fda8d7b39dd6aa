/** The languages of schemas. */

/** Whether validators of JSON Schema understand the language of a schema. */
export function isJsonSchema(schemaFormat: string): boolean {
  return /^application\/(?:vnd\.aai\.asyncapi(?:\+json|\+yaml)?|schema(?:\+json|\+yaml))(?:;|$)/.test(schemaFormat);
}
