/**
 * Mutation testing of one folder of src, as scripts/mutate.mjs runs it:
 * CROCUTA_MUTATED names the folder, CROCUTA_MUTANTS the share of mutants that are tried (1, all of them, by default).
 */
const folder = process.env.CROCUTA_MUTATED ?? 'shape'
const share = Number(process.env.CROCUTA_MUTANTS ?? 1)

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: [`src/${folder}/**/*.ts`],
  coverageAnalysis: 'perTest',
  // What runs while a module is loaded, as tables do, would need a new process for each mutant.
  ignoreStatic: true,
  concurrency: Number(process.env.CROCUTA_MUTATION_WORKERS ?? 2),
  // Generous, because a time-out counts as found: on a busy machine a slow test must not pass for an endless one.
  timeoutMS: 20_000,
  timeoutFactor: 3,
  ...(share < 1
    ? { plugins: ['@stryker-mutator/vitest-runner', './test/mutation/sample.mjs'], checkers: ['sample'] }
    : { incremental: true, incrementalFile: `.tmp/mutation/${folder}.incremental.json` }),
  tempDirName: `.tmp/mutation/${folder}`,
  ignorePatterns: ['dist', 'docs', 'examples', '.tmp'],
  reporters: ['json', 'progress-append-only', 'event-recorder'],
  eventReporter: { baseDir: `.tmp/mutation/${folder}.events` },
  jsonReporter: { fileName: `.tmp/mutation/${folder}.json` },
}
