/**
 * The tests that mutants of one folder (CROCUTA_MUTATED) are tried on: its own, and for shapes the laws of the ops
 * that use them. What takes seconds, as chains of 20,000 nodes and kernels of every op do, is left out: it would
 * find a little more, at a hundred times the price.
 */
import { defineConfig } from 'vitest/config'
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

const TESTS: Readonly<Record<string, readonly string[]>> = {
  shape: ['test/shape/*', 'test/op/laws', 'test/op/{view,linear,index,reduce}/*'],
  ir: ['test/ir/*', 'test/compile/{golden,simplify,place}', 'test/grad/{batch,jacobian}'],
  grad: ['test/grad/*', 'test/inspect/*', 'test/op/control/remat'],
  compile: ['test/compile/*', 'test/op/control/*'],
}

const SLOW = ['test/grad/large-graph', 'test/compile/every-op', 'test/op/index/sort']

/** Broad tests last: most mutants are dead by then, and a mutant's run ends with the first test that fails. */
const BROAD = /laws|control|meaning|fuzz|place|random-program|ir\/(?:check|text)|grad\/grad/

class NarrowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => (BROAD.test(moduleId) ? 1 : 0)
    return files.toSorted((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId))
  }
}

const folder = process.env['CROCUTA_MUTATED'] ?? 'shape'

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: (TESTS[folder] ?? []).map((tests) => `${tests}.test.ts`),
    exclude: SLOW.map((tests) => `${tests}.test.ts`),
    setupFiles: ['test/support/fast-check-setup.ts'],
    // Modules are loaded once for all files of a run; no test here leaves anything behind.
    isolate: false,
    pool: 'threads',
    testTimeout: 30_000,
    sequence: { sequencer: NarrowFirst },
  },
})
