/** The Go module `petcontract`: packed outside of the repository, formatted, vetted, and tested with the contract's examples. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import type { ContractChannel } from '../../generated/contract/record.js';
import { goMissing, runGo, warnOfSkippedTests } from '../../generator/test/go-tool.ts';
import { renderContract } from '../../generator/src/render.ts';
import { writeFiles } from '../../generator/src/files.ts';
import { goldenRecords } from '../../scripts/contract/examples.ts';
import type { GoldenRecord } from '../../scripts/contract/examples.ts';
import { packGo } from '../../scripts/contract/go.ts';
import { captures, recordOf } from '../peer/capture.ts';
import type { CapturedRecord } from '../peer/capture.ts';
import { codeBlocks } from './published.ts';

const ROOT = join(import.meta.dirname, '../..');
const MINUTES = 60_000;

/** What the snippets of the README import. */
const README_IMPORTS = `package readme

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"example.com/pet-service/petcontract"
	"example.com/pet-service/petcontract/petfranz"
	"github.com/twmb/franz-go/pkg/kgo"
)
`;

const missing = goMissing();
const withGo = missing === undefined ? it : it.skip;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'petcontract-'));
  if (missing !== undefined) warnOfSkippedTests(missing);
  await packGo(folder, goldenRecords());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hexOf = (bytes: Buffer | null) => bytes?.toString('hex') ?? '';

/** A record with what the service makes of it: its message is `message`, `skip`, or the code of its fault. */
interface PeerRecord extends GoldenRecord {
  readonly pointer: string;
  readonly decoded: unknown;
}

/** Returns a captured record with what the contract makes of it. */
function peerRecord(name: string, captured: CapturedRecord): PeerRecord {
  const channel = channels.find(({ env }) => env === captured.topic) as unknown as ContractChannel<object, object>;
  const record = recordOf(captured);
  const decoded = channel.decode(record);
  // Clients skip what the service refuses: a type that is not in the contract may be new.
  const isSkipped = decoded.kind === 'skip' || (decoded.kind === 'invalid' && decoded.code === 'UNKNOWN_TYPE');
  return {
    channel: channel.name,
    message: isSkipped ? 'skip' : decoded.kind === 'invalid' ? decoded.code : 'message',
    name,
    key: hexOf(record.key),
    value: hexOf(record.value),
    headers: Object.entries(record.headers).map(([key, value]) => ({ key, value: hexOf(value) })),
    pointer: decoded.kind === 'invalid' ? decoded.pointer : '',
    decoded: decoded.kind === 'message' ? decoded.message : null,
  };
}

/** What replaces a field, and what a field of the wrong type, width or length may have. */
const REPLACEMENTS: readonly unknown[] = [
  ...[undefined, null, true, 1.5, -1, -129, -32_769, 255, 256, 65_536, 4_294_967_296, 2 ** 53],
  ...['', 'x', '083839C6-C47C-42a6-9585-76492795d123', [], [1, 1], [1.5], [null], Array(257).fill(1), {}, { more: 1 }],
];

/** Returns the paths of all fields of a message. */
function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => [[...path, name], ...pathsIn(field, [...path, name])]);
}

/** Returns the examples of received messages with one field replaced, and what the service makes of each. */
function changedExamples(): PeerRecord[] {
  const received = channels.filter(({ direction }) => direction === 'receive').map(({ name }) => name);
  return (
    goldenRecords()
      .filter(({ channel }) => (received as string[]).includes(channel))
      .flatMap((golden) => {
        const { env = '' } = channels.find(({ name }) => name === golden.channel) ?? {};
        const text = Buffer.from(golden.value, 'hex').toString();
        return pathsIn(JSON.parse(text)).flatMap((path) =>
          REPLACEMENTS.map((replacement) => {
            const message = JSON.parse(text) as Record<string, unknown>;
            const parent = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, message);
            parent[path.at(-1) ?? ''] = replacement;
            const headersHex = Object.fromEntries(golden.headers.map(({ key, value }) => [key, value]));
            const value = JSON.stringify(message);
            return peerRecord(`${golden.message}: ${value}`, { topic: env, keyHex: golden.key, headersHex, value });
          }),
        );
      })
      // A pet that no key can name is decoded, but not encoded again.
      .filter(({ channel, name }) => !(channel === 'petMovement' && name.includes('"objectId":4294967296')))
  );
}

describe('the Go module', () => {
  it(
    'has golden files with the bytes of the TypeScript client',
    async () => {
      const client = await mkdtemp(join(tmpdir(), 'petclient-'));
      try {
        const text = await readFile(join(ROOT, 'asyncapi.yaml'), 'utf8');
        await writeFiles(client, (await renderContract(text, 'asyncapi.yaml', { role: 'client' })).files);
        const load = (file: string) => import(join(client, file)) as Promise<Record<string, unknown>>;
        const { channels: clients } = (await load('channels.js')) as { readonly channels: typeof channels };
        const { examples } = (await load('examples.js')) as typeof import('../../generated/contract/examples.js');
        const records = examples.flatMap(({ channel: name, message, examples: list }) =>
          list.map((example): GoldenRecord => {
            const channel = clients.find((one) => one.name === name) as unknown as ContractChannel<unknown, unknown>;
            const payload =
              name === 'deadLetter' ? { key: null, value: Buffer.from(example.payload as string) } : example.payload;
            const { key, value, headers } = channel.encode(payload, example.headers);
            return {
              channel: name,
              message,
              name: example.name,
              key: hexOf(key),
              value: hexOf(value),
              headers: Object.entries(headers).map(([header, bytes]) => ({
                key: header,
                value: Buffer.from(bytes as Buffer | string).toString('hex'),
              })),
            };
          }),
        );
        expect(records.length).toBeGreaterThan(40);
        expect(goldenRecords()).toEqual(records);
        expect(JSON.parse(await readFile(join(folder, 'testdata/examples.json'), 'utf8'))).toEqual(records);
      } finally {
        await rm(client, { recursive: true, force: true });
      }
    },
    MINUTES,
  );

  withGo('is formatted', async () => {
    expect(await runGo(folder, 'gofmt', ['-l', '.'])).toEqual({ code: 0, output: '' });
  });

  withGo(
    'needs only the standard library, and passes go vet',
    async () => {
      expect(await runGo(folder, 'go', ['vet', './...'])).toEqual({ code: 0, output: '' });
      expect(await runGo(folder, 'go', ['list', '-m', 'all'])).toEqual({
        code: 0,
        output: 'example.com/pet-service/petcontract',
      });
    },
    2 * MINUTES,
  );

  withGo(
    'passes its tests, reads what other Go services write, and finds the faults that the service finds',
    async () => {
      const peers = (await captures()).flatMap(([capture, steps]) =>
        steps.flatMap(({ name, input, output }) =>
          [...(input.topic ? [input] : []), ...output].map((record) => peerRecord(`${capture}: ${name}`, record)),
        ),
      );
      expect(new Set(peers.map(({ message }) => message))).toEqual(
        new Set(['message', 'skip', 'INVALID_JSON', 'INVALID_PAYLOAD', 'INVALID_HEADERS']),
      );
      const changed = changedExamples();
      expect(changed.length).toBeGreaterThan(2_000);
      await writeFile(join(folder, 'testdata/peer.json'), JSON.stringify([...peers, ...changed]));
      await cp(join(import.meta.dirname, 'go-module'), folder, { recursive: true });
      expect(await runGo(folder, 'go', ['test', './...'])).toEqual({ code: 0, output: expect.stringMatching(/^ok /) });
    },
    2 * MINUTES,
  );

  withGo(
    'has a module for franz-go that passes go vet and its tests',
    async () => {
      const petfranz = join(folder, 'petfranz');
      // Its dependencies come from the proxy, or from the machine's cache of modules.
      const download = await runGo(petfranz, 'go', ['mod', 'download'], {});
      if (download.code !== 0) {
        warnOfSkippedTests(
          `the dependencies of petfranz cannot be downloaded (${download.output.split('\n').at(-1) ?? ''})`,
        );
        return;
      }
      // The README is part of what must compile.
      const snippets = await codeBlocks('contract/go/README.md', 'go');
      expect(snippets).toHaveLength(2);
      await mkdir(join(petfranz, 'readme'));
      await writeFile(join(petfranz, 'readme/readme.go'), [README_IMPORTS, ...snippets].join('\n'));
      expect(await runGo(petfranz, 'gofmt', ['-l', '.'])).toEqual({ code: 0, output: '' });
      expect(await runGo(petfranz, 'go', ['vet', './...'])).toEqual({ code: 0, output: '' });
      expect(await runGo(petfranz, 'go', ['test', './...'])).toEqual({
        code: 0,
        output: expect.stringMatching(/^ok /),
      });
      expect(await runGo(petfranz, 'go', ['mod', 'verify'])).toMatchObject({ code: 0 });
    },
    5 * MINUTES,
  );
});
