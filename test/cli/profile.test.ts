import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { networkTraining } from '../../src/cli/bench/networks.js'
import { longConvolution } from '../../src/cli/bench/operations.js'
import type { Work } from '../../src/cli/bench/work.js'
import { profileWork } from '../../src/cli/profile/case.js'
import { parseProfileOptions } from '../../src/cli/profile/options.js'
import { compileForSimd } from '../../src/compile/simd/compile.js'
import type { SimdProgram } from '../../src/compile/simd/program.js'
import type { Profile } from '../../src/inspect/profile.js'
import { bestOf, totalSpent } from '../../src/inspect/profile.js'
import { profileJson, profileTable } from '../../src/report/profile.js'
import type { Device } from '../../src/run/device.js'
import type { SimdDevice } from '../../src/run/simd/driver.js'
import { openSimd } from '../../src/run/simd/driver.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const sizes = { batch: 2, side: 4, channels: 1, patch: 2, width: 4, depth: 1, heads: 1, classes: 2 }
const work = networkTraining('attention', sizes)

/** The program of some work, by a device that loads nothing. */
const programOf = async (of: Work, { features }: SimdDevice): Promise<SimdProgram> => {
  const programs: SimdProgram[] = []
  const device: Device = {
    name: 'simd',
    description: '',
    isSoftware: true,
    load: (graph, options) => {
      const { program } = expectRight(compileForSimd(graph, { ...options, features }))
      programs.push(program)
      return TE.left({ _tag: 'DeviceError', where: '', expected: '', found: '', hint: '' })
    },
    destroy: () => Promise.resolve(),
  }
  await of(device)()
  const [program] = programs
  if (program === undefined) throw new Error('nothing was loaded')
  return program
}

describe('the profile of a small training step', () => {
  let simd: SimdDevice
  let profiled: Profile
  let program: SimdProgram

  beforeAll(async () => {
    simd = expectRight(await openSimd({ threads: 1 })())
    profiled = expectRight(await profileWork(simd, work, { partMs: 0, wholeMs: 0 })())
    program = await programOf(work, simd)
  })
  afterAll(() => simd.destroy())

  it('has limits above zero', () => {
    const { gflops, memory, cache } = profiled.limits
    for (const limit of [gflops, memory.copy, memory.triad, cache.copy, cache.triad])
      expect(limit).toBeGreaterThan(0)
    expect(bestOf({ copy: 1, triad: 2 })).toBe(2)
  })

  it('lists every kernel once, with times above zero', () => {
    const numbers = profiled.kernels.flatMap(({ kernel }) => (kernel === null ? [] : [kernel]))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(program.kernels.map((_, i) => i))
    for (const { ms, limitMs, count } of profiled.kernels) {
      expect(ms).toBeGreaterThan(0)
      expect(limitMs).toBeGreaterThan(0)
      expect(count).toBeGreaterThanOrEqual(1)
    }
    expect(profiled.wholeMs).toBeGreaterThan(0)
  })

  it('accounts for all of the program’s operations', () => {
    expect(totalSpent(profiled.kernels).flops).toBe(program.flops)
  })

  it('is printed as JSON whose skeletons add up to its kernels, and as a table', () => {
    const lines = profileJson('small', simd.name, profiled)
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>)
    const ofKind = (kind: string) => lines.filter((line) => line['kind'] === kind)
    const flops = (kind: string) => ofKind(kind).reduce((sum, line) => sum + Number(line['flops']), 0)
    expect(Object.keys(ofKind('limits')[0] ?? {})).toEqual([
      'kind',
      'case',
      'threads',
      'device',
      'gflops',
      'memory',
      'cache',
    ])
    expect(Object.keys(ofKind('whole')[0] ?? {})).toEqual(['kind', 'case', 'threads', 'ms', 'sum_ms'])
    const figures = ['count', 'ms', 'share', 'flops', 'bytes', 'gflops', 'gb_s', 'of_limit']
    for (const line of ofKind('kernel'))
      expect(Object.keys(line)).toEqual(['kind', 'case', 'threads', 'kernel', 'name', 'skeleton', ...figures])
    expect(ofKind('kernel')).toHaveLength(profiled.kernels.length)
    expect(flops('skeleton')).toBe(program.flops)
    expect(flops('kernel')).toBe(program.flops)
    expect(profileTable('small', simd.name, profiled)).toContain('contraction')
  })
})

it('says of each long convolution which algorithm was chosen, and why', async () => {
  const simd = expectRight(await openSimd({ threads: 1 })())
  const profiled = expectRight(
    await profileWork(simd, longConvolution(1, 8, 12), { partMs: 0, wholeMs: 0 })(),
  )
  await simd.destroy()
  const reasons = profiled.kernels.flatMap(({ name, reason }) => (reason === null ? [] : [{ name, reason }]))
  expect(reasons).toHaveLength(1)
  for (const { name, reason } of reasons)
    expect(reason).toMatch(name.endsWith('directly') ? /; so the direct sum$/ : /; so the spectra$/)
  const [{ reason } = { reason: '' }] = reasons
  expect(profileTable('convolution', simd.name, profiled)).toContain(reason)
  expect(profileJson('convolution', simd.name, profiled)).toContain(JSON.stringify(reason))
})

describe('the options of the profile', () => {
  it('are one case, threads and json in any order', () => {
    for (const argv of [
      ['vit_train', '--threads', '2', '--json'],
      ['--json', '--threads=2', 'vit_train'],
    ]) {
      const { benchCase, ...rest } = expectRight(parseProfileOptions(argv))
      expect(benchCase?.name).toBe('vit_train')
      expect(rest).toEqual({ json: true, threads: 2 })
    }
  })

  it('name the nearest case or option', () => {
    const error = expectLeft(parseProfileOptions(['vit_trian']))
    expect(error).toMatchObject({
      _tag: 'OptionError',
      found: "'vit_trian'",
      hint: 'did you mean vit_train?',
    })
    expect(expectLeft(parseProfileOptions(['vit_fwd', '--thread', '2'])).hint).toBe('did you mean --threads?')
    for (const argv of [[], ['a', 'b'], ['vit_fwd', '--threads', '0'], ['vit_fwd', '--threads']])
      expect(E.isLeft(parseProfileOptions(argv))).toBe(true)
  })
})
