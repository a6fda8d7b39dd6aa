/** The declarations of other teams agree with the contract: loading them fails otherwise. Here the generated code agrees, too. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConsumers } from '../../generator/src/consumers/consumers.ts';
import { ITEMS } from '../../generator/src/consumers/fields.ts';
import type { FieldPath } from '../../generator/src/consumers/fields.ts';
import { withFolder } from '../../generator/test/command.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { bindingOf, consumers, contract, declaredReads, declaredRecords, recordOf } from './declared.ts';

describe('the declarations', () => {
  it('are those of all teams that send messages or read them', async () => {
    const files = await readdir(join(ROOT, 'contract/consumers'));
    expect(files.sort()).toEqual(consumers.map(({ team }) => `${team}.yaml`));
    expect(consumers.map(({ team }) => team)).toEqual([
      'channel-server',
      'character',
      'consumables',
      'inventory',
      'messages',
      'saga-orchestrator',
    ]);
  });

  it('have the tenant and a trace in every example', () => {
    const names = ['TENANT_ID', 'REGION', 'MAJOR_VERSION', 'MINOR_VERSION', 'traceparent'];
    for (const { example } of declaredRecords)
      expect([example.summary, Object.keys(example.headers ?? {})]).toEqual([
        example.summary,
        expect.arrayContaining(names),
      ]);
  });
});

describe.each(declaredRecords)('$team: $example.summary', (declared) => {
  it('is accepted by the generated validators', () => {
    const { channel, message, payload } = declared;
    const decoded = bindingOf(channel.name).decode(recordOf(declared));
    const type = payload['type'];
    if (message === undefined) expect(decoded).toEqual({ kind: 'skip', type });
    else expect(decoded).toMatchObject({ kind: 'message', message: payload });
    if (message !== undefined && channel.apart.by === 'field') expect(message.types).toContain(type);
  });
});

/** Returns a copy without a field, or with null instead. */
function changed(value: unknown, [step, ...rest]: FieldPath, isNull: boolean): unknown {
  if (step === undefined || step === ITEMS) throw new Error('no test of this removes items of a list');
  const copy = { ...(value as Record<string, unknown>) };
  if (rest.length > 0) copy[step] = changed(copy[step], rest, isNull);
  else if (isNull) copy[step] = null;
  else Reflect.deleteProperty(copy, step);
  return copy;
}

const fields = declaredReads.flatMap(({ team, channel, message, fields: list }) =>
  list.filter(({ isOptional }) => !isOptional).map((field) => ({ team, channel, message, field })),
);

describe.each(fields)('$team reads $field.text of $message.component', ({ channel, message, field }) => {
  it('and the service never sends one without it', () => {
    const { check } = bindingOf(channel.name);
    expect(message.examples.length).toBeGreaterThan(0);
    for (const { payload } of message.examples) {
      expect(check(payload)).toBeUndefined();
      for (const isNull of [false, true])
        expect(check(changed(payload, field.path, isNull))).toMatchObject({ pointer: `/${field.path.join('/')}` });
    }
  });
});

it('docs/consumers.md has a declaration without faults, and the line of a fault', async () => {
  const page = await readFile(join(ROOT, 'docs/consumers.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(page) ?? [];
  const [, line = ''] = /```\ncontract\/consumers\/(.*)\n```/.exec(page) ?? [];
  await withFolder(async (folder) => {
    const file = join(folder, 'gardeners.yaml');
    await writeFile(file, yaml);
    expect(await loadConsumers(folder, contract)).toMatchObject([{ team: 'gardeners' }]);
    await writeFile(file, yaml.replace('body.fullness', 'body.fulness'));
    await expect(loadConsumers(folder, contract)).rejects.toThrow(`${folder}/${line}`);
  });
});
