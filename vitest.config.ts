import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Where to write the counts as JSON as well; unset for people at a terminal. */
const report = process.env['CROCUTA_TEST_REPORT']

export default defineConfig({
  // `crocuta` is this repository, so that examples and the README read as a user's programs do.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fast-check-setup.ts'],
    // Devices live in native code: a process each keeps one file's crash or leak from reaching another.
    pool: 'forks',
    maxWorkers: Math.max(1, Math.min(4, availableParallelism())),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: [
      'default',
      ...(report === undefined ? [] : [['json', { outputFile: report }] as ['json', object]]),
    ],
  },
})
