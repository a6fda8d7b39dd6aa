/** Prisma's schema engine, compiled to WebAssembly: the engine of `prisma migrate`, without its command line. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

/** A panic inside WebAssembly leaves its message here. */
interface PanicRegistry {
  message: string;
  get(): string;
  set_message(message: string): void;
}

/** Missing in the types of Node. */
interface WebAssemblyGlobal {
  instantiate(code: Buffer, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}

const panics: PanicRegistry = {
  message: '',
  get() {
    return this.message;
  },
  set_message(message) {
    this.message = message;
  },
};

/** Loaded once per process: an engine's timers outlive it, and must not run in the memory of another instance. */
let loading: Promise<void> | undefined;

/**
 * @param datamodels path and text of each schema file, for what compares with the schema.
 * @param log gets a line of JSON for each entry of the engine's log.
 */
export async function openSchemaEngine(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  datamodels?: [string, string][],
  log: (line: string) => void = () => undefined,
): Promise<glue.SchemaEngine> {
  await (loading ??= load());
  return glue.SchemaEngine.new({ datamodels }, log, bindMigrationAwareSqlAdapterFactory(adapter));
}

/** Returns the message of a panic inside WebAssembly; empty without one. */
export function panicMessage(): string {
  return panics.get();
}

/** Loads the engine by hand: the package's entry expects a bundler to load its WebAssembly. */
async function load(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal };
  const code = readFileSync(join(folder, 'schema_engine_bg.wasm'));
  // Its time limit for a lock (10 s) is a timer that is never cleared, and would keep the process alive.
  const timers = Object.keys(glue).filter((name) => name.startsWith('__wbg_setTimeout_'));
  const unref = (call: () => void, milliseconds: number) => setTimeout(call, milliseconds).unref();
  const imports = { ...glue, ...Object.fromEntries(timers.map((name) => [name, unref])) };
  const { instance } = await wasm.instantiate(code, { './schema_engine_bg.js': imports });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}
