/** Rules of the house that a machine can check. Layers between folders are .dependency-cruiser.cjs's business. */
import eslint from '@eslint/js'
import functional from 'eslint-plugin-functional'
import tseslint from 'typescript-eslint'

/** The only places that may print. */
const printing = ['src/report/**', 'src/cli/**', 'examples/**', 'scripts/**']

/** State lives here: kernels, buffers, sessions. */
const stateful = ['src/run/**']

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.tmp/', 'test/golden/', 'test/types/mistakes/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers belong in messages; what must not slip in is an object.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A shape is often needed once, to tie two arguments together in a docstring's words.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `{}` is the empty parameter tree.
      '@typescript-eslint/no-empty-object-type': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Equations and axis letters are ASCII.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An async function without await turns what it throws into a rejection.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      // Buffers are filled by whoever is handed one; nothing else that is passed in is changed.
      'no-param-reassign': [
        'error',
        { props: true, ignorePropertyModificationsForRegex: ['^(to|out|buffer|broken|draft)$'] },
      ],
      'max-lines': ['warn', { max: 350, skipBlankLines: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'kernels/**/*.ts', 'models/**/*.ts'],
    ignores: stateful,
    plugins: { functional },
    rules: {
      'functional/no-classes': 'error',
      'functional/no-this-expressions': 'error',
      'functional/type-declaration-immutability': [
        'error',
        {
          // Working state of one function, which never leaves it.
          ignoreIdentifierPattern: ['^Draft$', '^Gathered$'],
          rules: [{ identifiers: '.+', immutability: 'ReadonlyShallow', comparator: 'AtLeast' }],
        },
      ],
    },
  },
  {
    // A type test spells types out: that is what it tests.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
    },
  },
  // The one file that reaches behind gpu.js's types.
  { files: ['src/run/gpujs/internals.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  // The one internal error that tracing throws and its edge turns into a value.
  {
    files: ['src/error/error.ts'],
    rules: { 'functional/no-classes': 'off', 'functional/no-this-expressions': 'off' },
  },
  { files: printing, rules: { 'no-console': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        module: 'writable',
        setTimeout: 'readonly',
      },
    },
  },
)
