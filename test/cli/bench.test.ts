import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import type { BenchCase } from '../../src/cli/bench/cases.js'
import { timeFreshly } from '../../src/cli/bench/fresh.js'
import type { Patience } from '../../src/cli/bench/measure.js'
import { networkTraining } from '../../src/cli/bench/networks.js'
import { matrixProduct } from '../../src/cli/bench/operations.js'
import { benchHelp } from '../../src/cli/bench/options.js'
import { runCase } from '../../src/cli/bench/run-case.js'
import type { Work } from '../../src/cli/bench/work.js'
import { training } from '../../src/cli/bench/work.js'
import { shapeError } from '../../src/error/error.js'
import { log } from '../../src/op/elementwise/log.js'
import { filled } from '../../src/op/leaf/constant.js'
import { benchHead, benchJson, benchRow } from '../../src/report/bench.js'
import type { BenchLine } from '../../src/report/bench.js'
import { openDevice } from '../../src/run/open-device.js'
import { referenceDevice } from '../../src/run/reference-device.js'
import { command } from '../support/command.js'
import { expectRight } from '../support/gpu-environment.js'

const run = command('bench')

const brief: Patience = { warmRuns: 1, warmMs: 0, runs: 3, ms: 0, mostRuns: 5, budgetMs: 5000 }

const caseOf = (work: Work, about: Partial<BenchCase> = {}): BenchCase => ({
  name: 'small',
  measured: 'run',
  work: () => work,
  ...about,
})

describe('the line of a case', () => {
  it('has the agreed fields, and those alone that apply', async () => {
    const device = expectRight(await openDevice('cpu')())
    const about = { flops: 2 * 8 * 8 * 8, note: 'n' }
    const line = await runCase(caseOf(matrixProduct(8, 8, 8), about), { device, threads: 7 }, brief)
    expect(Object.keys(line)).toEqual([
      'case',
      'ms',
      'min',
      'runs',
      'gflops',
      'peer',
      'device',
      'threads',
      'note',
    ])
    expect(line).toMatchObject({
      case: 'small',
      runs: 3,
      peer: 'crocuta',
      device: 'cpu',
      threads: 1,
      note: 'n',
    })
    expect(line.min).toBeGreaterThan(0)
    expect(line.ms).toBeGreaterThanOrEqual(line.min ?? Infinity)
    const tiny = { batch: 2, side: 4, channels: 1, patch: 2, width: 4, depth: 1, heads: 1, classes: 2 }
    const step = await runCase(
      caseOf(networkTraining('attention', tiny), { images: 2, memory: true }),
      { device, threads: 1 },
      brief,
    )
    expect(Object.keys(step)).toEqual([
      'case',
      'ms',
      'min',
      'runs',
      'img_s',
      'peak_mb',
      'peer',
      'device',
      'threads',
    ])
    expect((step.img_s ?? 0) * (step.ms ?? 0)).toBeCloseTo(2000, -2)
    expect(step.peak_mb).toBeGreaterThan(0)
    await device.destroy()
  })

  it('has rates of the median', async () => {
    let runs = 0
    const work: Work = () =>
      TE.right({
        run: () => {
          runs += 1
          const end = performance.now() + ([8, 2, 4][runs % 3] ?? 0)
          while (performance.now() < end);
          return Promise.resolve(E.right(null))
        },
        results: TE.right([]),
        facts: { flops: 0, bytes: 0, peakBytes: 0, launches: 1, kernels: 1 },
        destroy: () => undefined,
      })
    const place = { device: referenceDevice, threads: 1 }
    const {
      ms,
      min,
      gflops,
      img_s: rate,
    } = await runCase(caseOf(work, { flops: 1e9, images: 10 }), place, brief)
    expect(ms).toBeGreaterThan(min ?? Infinity)
    expect(gflops).toBeCloseTo(1e3 / (ms ?? 0), 1)
    expect(rate).toBeCloseTo(1e4 / (ms ?? 0), 0)
  })

  it('has the error where the work fails, throws or does not fit, and no time', async () => {
    const error = shapeError({ where: 'w', expected: 'e', found: 'f', hint: 'h' })
    let [runs, freed] = [0, 0]
    const planned: Work = () =>
      TE.right({
        run: TE.fromIO(() => {
          runs += 1
          return null
        }),
        results: TE.right([]),
        facts: { flops: 0, bytes: 0, peakBytes: 1e18, launches: 1, kernels: 1 },
        destroy: () => {
          freed += 1
        },
      })
    const throwing: Work = () => {
      throw new RangeError('Array buffer allocation failed')
    }
    const place = { device: referenceDevice, threads: 2 }
    const lines: BenchLine[] = []
    for (const work of [() => TE.left(error), throwing, planned])
      lines.push(await runCase(caseOf(work, { memory: true }), place, brief))
    expect(lines.map(({ ms }) => ms)).toEqual([null, null, null])
    expect(lines[0]).toEqual({
      case: 'small',
      ms: null,
      error: 'expected e, found f',
      peer: 'crocuta',
      device: 'reference',
      threads: 1,
    })
    expect(lines[1]?.error).toContain('Array buffer allocation failed')
    expect(lines[2]?.error).toMatch(/expected buffers of at most .*B, found 1000 PB/)
    expect([runs, freed]).toEqual([0, 1])
  })

  it('has an error for a loss that is not finite', async () => {
    const work = training(filled(-1, []), [], (state) => ({ state, output: log(state) }))
    const line = await runCase(caseOf(work), { device: referenceDevice, threads: 1 }, brief)
    expect(line).toMatchObject({ ms: null, error: 'expected a finite loss, found NaN' })
  })

  it('has the error of a process of its own', async () => {
    const result = await timeFreshly('no_such_case', 'reference', 1)()
    expect(E.isLeft(result) && result.left.found).toContain("no case 'no_such_case'")
  })
})

describe('the report of the benchmarks', () => {
  const common = { peer: 'crocuta', device: 'simd', threads: 2 } as const
  const lines: readonly BenchLine[] = [
    { case: 'matmul_256', ms: 0.61234, min: 0.6, runs: 300, gflops: 54.79, ...common },
    { case: 'vit_train', ms: 1234.5, min: 98.76, runs: 12, img_s: 25.92, ...common, note: 'n' },
    { case: 'attention_block_128', ms: null, error: 'too large', ...common },
    { case: 'hyena_block_8', ms: 9.87, min: 3.21, runs: 10, peak_mb: 12.345, ...common },
  ]

  it('is one JSON object a line', () => {
    for (const line of lines) {
      expect(JSON.parse(benchJson(line))).toEqual(line)
      expect(benchJson(line)).toMatch(/^[^\n]+\n$/)
    }
  })

  it('is a table', () => {
    expect(benchHead('simd, 2 threads') + lines.map(benchRow).join('')).toBe(
      `device  simd, 2 threads

case                     median ms   least ms  runs   GFLOP/s  images/s      peak
matmul_256                  0.6123     0.6000   300      54.8
vit_train                    1,235       98.8    12                25.9            n
attention_block_128              -                                                 too large
hyena_block_8                 9.87       3.21    10                       12.3 MB
`,
    )
  })
})

describe('the command', () => {
  it('prints a case as JSON', async () => {
    const { code, stdout, stderr } = await run('--json', '--device', 'cpu', '--only', 'layernorm_fwd')
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ case: 'layernorm_fwd', peer: 'crocuta', device: 'cpu' })
  }, 30_000)

  it('prints its help, and refuses what it does not know', async () => {
    const [help, refused] = await Promise.all([run('--help'), run('--only', 'fftconv')])
    expect(help).toEqual({ code: 0, stdout: benchHelp(), stderr: '' })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain("found 'fftconv'.\n  hint: did you mean fftconv_fwd?")
  }, 30_000)
})
