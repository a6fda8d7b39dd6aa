import envSchema from 'env-schema';
import { channels } from '../generated/contract/channels.js';
import { ServiceError } from './errors.ts';
import { namesFault, namesOf } from './forwarded-names.ts';
import { InvariantError, mustExist } from './invariant.ts';
import { createAjv } from './json-schema.ts';
import { addressFaults } from './store/database-url.ts';
import { allVariables } from './variables.ts';
import type { Variable } from './variables.ts';
import type { Compression } from './transport/compression.ts';
import { readSecurity } from './transport/security.ts';
import type { KafkaSecurity } from './transport/security.ts';

export interface Config {
  readonly brokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
  readonly groupId: string;
  readonly start: 'earliest' | 'latest' | undefined;
  readonly sessionTimeoutMs: number;
  readonly compression: Compression;
  readonly maxBatchBytes: number;
  readonly databaseUrl: string;
  readonly databasePasswordFile: string | undefined;
  readonly databaseConnections: number;
  /** Names of the headers that are copied from a message to everything that it causes. */
  readonly forwardedHeaders: readonly string[];
  readonly petTemplatesFile: string | undefined;
  readonly hungerIntervalMs: number;
  readonly expirationIntervalMs: number;
  /** The URLs of the other services; undefined for a service that is not used. */
  readonly baseUrls: { readonly [Name in 'characters' | 'data' | 'inventory' | 'skills']: string | undefined };
  readonly outboxMaxRows: number;
  readonly outboxMaxAgeMs: number;
  readonly httpPort: number;
  readonly httpHost: string;
  readonly shutdownDelayMs: number;
  readonly logLevel: string;
  /** The variables that are set under their former names. */
  readonly renamedVariables: readonly RenamedVariable[];
  /** The topics of all channels. */
  readonly topics: readonly string[];
  /** Returns the topic of a channel, which has the contract's name. */
  topicOf(channel: string): string;
}

/** A variable that was renamed, by both of its names. */
export interface RenamedVariable {
  readonly formerName: string;
  readonly name: string;
}

/** All faults of the configuration, one sentence each. It never contains a value, which may be a secret. */
export class ConfigError extends ServiceError {
  constructor(faults: readonly string[], code: 'CONFIG_INVALID' | 'PET_TEMPLATES_INVALID' = 'CONFIG_INVALID') {
    super(code, `The configuration is not valid:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
type Values = Readonly<Record<string, string | number | undefined>>;

/**
 * Reads and checks the configuration.
 * @throws {ConfigError} naming every fault.
 */
export function readConfig(environment: Environment): Config {
  const variables = allVariables();
  const values = readValues(environment, variables, ['KAFKA_BROKERS', 'DATABASE_URL']);
  const topics = topicsOf(values);
  const forwardedHeaders = namesOf(String(values['FORWARDED_HEADERS']));
  const fault = namesFault(forwardedHeaders);
  if (fault !== undefined) throw new ConfigError([`FORWARDED_HEADERS ${fault}`]);
  const databaseUrl = String(values['DATABASE_URL']);
  const databasePasswordFile = values['DATABASE_PASSWORD_FILE'] as Config['databasePasswordFile'];
  const databaseFaults = addressFaults(databaseUrl, databasePasswordFile);
  if (databaseFaults.length > 0) throw new ConfigError(databaseFaults);
  return {
    brokers: String(values['KAFKA_BROKERS']).split(','),
    kafkaSecurity: securityOf(values),
    groupId: String(values['KAFKA_GROUP_ID']),
    start: values['KAFKA_START'] as Config['start'],
    sessionTimeoutMs: Number(values['KAFKA_SESSION_TIMEOUT_MS']),
    compression: values['KAFKA_COMPRESSION'] as Compression,
    maxBatchBytes: Number(values['KAFKA_MAX_BATCH_BYTES']),
    databaseUrl,
    databasePasswordFile,
    databaseConnections: Number(values['DATABASE_MAX_CONNECTIONS']),
    forwardedHeaders,
    petTemplatesFile: values['PET_TEMPLATES_FILE'] as Config['petTemplatesFile'],
    hungerIntervalMs: Number(values['HUNGER_INTERVAL_MS']),
    expirationIntervalMs: Number(values['EXPIRATION_INTERVAL_MS']),
    baseUrls: {
      characters: values['CHARACTERS_BASE_URL'] as string | undefined,
      data: values['DATA_BASE_URL'] as string | undefined,
      inventory: values['INVENTORY_BASE_URL'] as string | undefined,
      skills: values['SKILLS_BASE_URL'] as string | undefined,
    },
    outboxMaxRows: Number(values['OUTBOX_MAX_ROWS']),
    outboxMaxAgeMs: Number(values['OUTBOX_MAX_AGE_MS']),
    httpPort: Number(values['HTTP_PORT']),
    httpHost: String(values['HTTP_HOST']),
    shutdownDelayMs: Number(values['SHUTDOWN_DELAY_MS']),
    logLevel: String(values['LOG_LEVEL']),
    renamedVariables: renamedIn(environment, variables),
    topics: [...topics.values()],
    topicOf(channel) {
      const topic = topics.get(channel);
      if (topic === undefined) throw new InvariantError(`the contract must have a channel ${channel}`);
      return topic;
    },
  };
}

/**
 * Reads how to connect to the brokers, for commands that need no other configuration.
 * @throws {ConfigError} naming every fault.
 */
export function readKafkaSecurity(environment: Environment): KafkaSecurity {
  const variables = Object.entries(allVariables()).filter(([name]) => /^KAFKA_(TLS|SASL)/.test(name));
  return securityOf(readValues(environment, Object.fromEntries(variables), []));
}

/**
 * Reads the topics of all channels, by the contract's names of the channels, for commands that need no other configuration.
 * @throws {ConfigError} naming every fault.
 */
export function readTopics(environment: Environment): ReadonlyMap<string, string> {
  const names = new Set<string>(channels.map(({ env }) => env));
  const variables = Object.entries(allVariables()).filter(([name]) => names.has(name));
  return topicsOf(readValues(environment, Object.fromEntries(variables), []));
}

function topicsOf(values: Values): ReadonlyMap<string, string> {
  const shared = [...Map.groupBy(channels, (channel) => String(values[channel.env]))].filter(
    ([, all]) => all.length > 1,
  );
  if (shared.length > 0) {
    throw new ConfigError(
      shared.map(([topic, all]) => `${all.map(({ env }) => env).join(' and ')} name the same topic, ${topic}`),
    );
  }
  return new Map(channels.map((channel) => [channel.name as string, String(values[channel.env])]));
}

function securityOf(values: Values): KafkaSecurity {
  const faults: string[] = [];
  const security = readSecurity(values, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return security;
}

function readValues(
  environment: Environment,
  variables: Record<string, Variable>,
  required: readonly string[],
): Values {
  const contradictions = renamedIn(environment, variables)
    .filter(({ name, formerName }) => environment[name] && environment[name] !== environment[formerName])
    .map(({ name, formerName }) => `${name} and ${formerName}, its former name, are both set and differ`);
  if (contradictions.length > 0) throw new ConfigError(contradictions);
  const data = Object.fromEntries(
    Object.entries(variables).flatMap(([name, { formerName }]) => {
      // An empty variable counts as unset.
      const value = environment[name] || (formerName === undefined ? undefined : environment[formerName]);
      return value ? [[name, value]] : [];
    }),
  );
  const properties = Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, schemaOf(variable)]),
  );
  try {
    return envSchema({
      schema: { type: 'object', required, properties },
      data,
      dotenv: false,
      env: false,
      ajv: createAjv({
        allErrors: true,
        removeAdditional: true,
        useDefaults: true,
        coerceTypes: true,
        formats: { url: (text: string) => URL.canParse(text) },
      }),
    });
  } catch (error) {
    throw new ConfigError(faultsOf(error, variables));
  }
}

/** Returns the JSON Schema of a variable: its entry without the words for people and the former name. */
function schemaOf({ rule: _rule, meaning: _meaning, formerName: _formerName, ...schema }: Variable) {
  return schema;
}

/** Returns the variables that `environment` sets under their former names. */
function renamedIn(environment: Environment, variables: Record<string, Variable>): RenamedVariable[] {
  return Object.entries(variables).flatMap(([name, { formerName }]) =>
    formerName !== undefined && environment[formerName] ? [{ name, formerName }] : [],
  );
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: { readonly missingProperty?: string };
}

function faultsOf(error: unknown, variables: Record<string, Variable>): string[] {
  const { errors } = error as { errors?: readonly SchemaFault[] };
  if (errors === undefined) throw error;
  const names = errors.map(({ keyword, instancePath, params }) =>
    keyword === 'required' ? String(params.missingProperty) : instancePath.slice(1),
  );
  return [...new Set(names)].map((name) => {
    const missing = errors.some(({ params }) => params.missingProperty === name);
    const { rule, meaning } = mustExist(variables[name], `the variable ${name}`);
    return `${name} ${missing ? 'is missing' : 'is not valid'}: it takes ${rule}. ${meaning}`;
  });
}
