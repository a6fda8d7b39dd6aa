import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root, run } from './generate.ts';

describe('asyncapi.yaml', () => {
  it('passes Spectral without a warning', async () => {
    const spectral = createRequire(import.meta.url).resolve('@stoplight/spectral-cli/dist/index.js');
    const { code, stdout } = await run(
      relative(root, spectral),
      'lint',
      join(root, 'asyncapi.yaml'),
      '--fail-severity=hint',
    );
    expect(stdout).toMatch(/No results with a severity of 'hint' or higher found/);
    expect(code).toBe(0);
  });
});
