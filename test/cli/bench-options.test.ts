import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { benchCases } from '../../src/cli/bench/cases.js'
import type { BenchOptions } from '../../src/cli/bench/options.js'
import { benchHelp, parseBenchOptions } from '../../src/cli/bench/options.js'
import { deviceChoices } from '../../src/cli/options.js'
import { renderError } from '../../src/error/error.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const names = benchCases.map(({ name }) => name)
const parsed = (...argv: readonly string[]): BenchOptions => expectRight(parseBenchOptions(argv))
const refused = (...argv: readonly string[]): string => {
  const error = expectLeft(parseBenchOptions(argv))
  expect(error._tag).toBe('OptionError')
  return renderError(error)
}

describe('the options of the benchmarks', () => {
  it('are read in any order and notation; cases keep the order of the table', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(names, { minLength: 1 }),
        fc.integer({ min: 1, max: 256 }),
        fc.constantFrom(...deviceChoices),
        fc.boolean(),
        fc.boolean(),
        (only, threads, device, json, joined) => {
          const valued = [
            ['--only', only.join(',')],
            ['--threads', `${threads}`],
            ['--device', device],
          ] as const
          const argv = [
            ...(json ? ['--json'] : []),
            ...valued.flatMap(([flag, value]) => (joined ? [`${flag}=${value}`] : [flag, value])),
          ]
          expect(parsed(...argv)).toEqual({
            json,
            cases: benchCases.filter(({ name }) => only.includes(name)),
            threads,
            device,
            help: false,
          })
        },
      ),
    )
  })

  it('may all be left out: every case, on the best device, with all threads', () => {
    expect(parsed()).toEqual({ json: false, cases: benchCases, threads: null, device: 'auto', help: false })
    expect(parsed('-h').help).toBe(true)
    expect(parsed('--threads', '2', '--threads=3').threads).toBe(3)
  })

  it('never throw', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--only', '--json', '-h', '--', '--only=', '--threads', '-', '--no-json', ',', '5'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
        const result = parseBenchOptions(argv)
        if (E.isLeft(result)) expect(result.left._tag).toBe('OptionError')
      }),
      { numRuns: 1000 },
    )
  })

  it('refuse what is unknown and say what was meant', () => {
    expect(refused('--only', 'matmul_256,vit_trian')).toBe(
      "OptionError in --only: expected names of cases, separated by commas, found 'vit_trian'.\n  hint: did you mean vit_train?",
    )
    expect(refused('--only', 'quantum')).toContain('hint: run with --help')
    for (const value of ['', 'matmul_256,', 'matmul_256, vit_fwd']) refused('--only', value)
    expect(refused('--device', 'webgup')).toContain('hint: did you mean webgpu?')
    expect(refused('--thread', '2')).toContain('hint: did you mean --threads?')
    expect(refused('--__proto__')).toContain('expected a known option')
    expect(refused('--constructor')).toContain('expected a known option')
  })

  it('refuse thread counts that are none', () => {
    for (const value of ['0', '257', '1.5', '-1', 'two', '', '1e1', ' 2'])
      expect(refused(`--threads=${value}`)).toContain(
        `OptionError in --threads: expected an integer from 1 to 256, found '${value}'`,
      )
    expect(refused('--threads')).toContain('found nothing')
    expect(refused('--json=yes')).toContain("expected no argument, found 'yes'")
    expect(refused('vit_fwd')).toContain("expected options only, found 'vit_fwd'")
  })

  it('are all in the help, and so are the cases', () => {
    const help = benchHelp()
    for (const flag of ['--json', '--only', '--threads', '--device', '--help']) expect(help).toContain(flag)
    const lines = help.split('\n').map((line) => line.trim().split(' ')[0])
    expect(names.filter((name) => !lines.includes(name))).toEqual([])
  })
})

describe('the cases', () => {
  it('are those of the peers, compilation, and blocks of both kinds', () => {
    expect(names).toEqual([
      'matmul_256',
      'matmul_1024x192x768',
      'attn_scores_24x256x64',
      'fftconv_fwd',
      'fftconv_fwdbwd',
      'attn_fwdbwd',
      'ew_chain10_4M',
      'gelu_4M',
      'softmax_4096x256',
      'layernorm_fwd',
      'layernorm_fwdbwd',
      'vit_fwd',
      'vit_train',
      'hyena_fwd',
      'hyena_train',
      'compile_hyena_train',
      ...['hyena', 'attention'].flatMap((kind) =>
        [8, 16, 32, 64, 128].map((side) => `${kind}_block_${side}`),
      ),
    ])
  })
})
