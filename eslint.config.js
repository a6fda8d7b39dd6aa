import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { CHECKED_FILES, RETIRED_NAMES } from './scripts/lint/retired-words.ts';

/** The globals of JavaScript and Node.js. */
const globals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

export default defineConfig(
  globalIgnores([
    'node_modules/',
    '.embedded/',
    'coverage/',
    '**/__transpiled/',
    'generated/prisma/',
    'generator/dist/',
    'generator/templates/**/*.ts',
    'dist/',
    // Projects of their own, which the tests compile and run elsewhere.
    'test/contract/published/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The error of a promise that is not awaited is lost, and often a record with it.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A caught value is rethrown unchanged.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: false }],
      // kafkajs declares functions as methods that may be used unbound.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Numbers and booleans read well in a sentence; objects do not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => log(x)` is clear if no caller uses the result.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `for (;;)` and `while (true)` show that only the body ends the loop.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  {
    // It is compiled against the package that it becomes a part of, which npm run contract:pack writes.
    files: ['contract/npm/*.ts'],
    languageOptions: { parserOptions: { project: './contract/npm/tsconfig.json' } },
  },
  {
    // One name, one meaning: no variable hides another one or a global, and no retired word is a name.
    files: [...CHECKED_FILES],
    languageOptions: { globals },
    rules: {
      '@typescript-eslint/no-shadow': ['error', { builtinGlobals: true, ignoreTypeValueShadow: true }],
      'no-restricted-syntax': [
        'error',
        ...RETIRED_NAMES.map(({ pattern, instead }) => ({
          selector: `:matches(Identifier, PrivateIdentifier)[name=/${pattern.source}/]`,
          message: `A retired name. Write instead: ${instead}`,
        })),
      ],
    },
  },
  {
    // The AsyncAPI generator's own component is called File, and generated constructors are built by functions of that name.
    files: ['generator/templates/**'],
    rules: { '@typescript-eslint/no-shadow': 'off' },
  },
  {
    // Tests poke at what types forbid, and jest's mocks are what they are.
    files: ['{test,generator/test}/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // Plain JavaScript: what runs before the project is installed, templates, generated validators.
    files: ['**/*.{js,mjs,cjs,jsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // Ajv declares for every validator what only some of them use.
    files: ['generated/**/*.js'],
    rules: { '@typescript-eslint/no-unused-vars': 'off' },
  },
  {
    // The compiler writes declarations: it declares functions that only a type uses, and names every argument of a type.
    files: ['generated/**/*.d.ts'],
    rules: { '@typescript-eslint/no-unused-vars': 'off', '@typescript-eslint/no-unnecessary-type-arguments': 'off' },
  },
);
