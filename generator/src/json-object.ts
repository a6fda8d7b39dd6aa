/** Objects of JSON. */
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a field whose name comes from a document. An assignment to `__proto__` would set the prototype instead. */
export function setField(object: JsonObject, name: string, value: unknown): void {
  if (name in object && !Object.hasOwn(object, name))
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}
