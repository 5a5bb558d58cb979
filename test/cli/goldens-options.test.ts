import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { goldenHelp, parseGoldenOptions } from '../../src/cli/goldens/options.js'
import { deviceChoices } from '../../src/cli/options.js'
import { renderError } from '../../src/error/error.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const refused = (...argv: readonly string[]): string => {
  const error = expectLeft(parseGoldenOptions(argv))
  expect(error._tag).toBe('OptionError')
  return renderError(error)
}

describe('the options of the goldens', () => {
  it('are read in any order and notation', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...deviceChoices),
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (device, json, joined, order) => {
          const parts = [
            ['a/folder'],
            joined ? [`--device=${device}`] : ['--device', device],
            ...(json ? [['--json']] : []),
          ]
          const shuffled = parts
            .map((part) => [Number(order.next().value), part] as const)
            .sort(([a], [b]) => a - b)
            .flatMap(([, part]) => part)
          expect(expectRight(parseGoldenOptions(shuffled))).toEqual({
            folder: 'a/folder',
            device,
            json,
            help: false,
          })
        },
      ),
    )
  })

  it('have defaults, and ask for no folder where help is wanted', () => {
    expect(expectRight(parseGoldenOptions(['x']))).toEqual({
      folder: 'x',
      device: 'auto',
      json: false,
      help: false,
    })
    expect(expectRight(parseGoldenOptions(['-h']))).toMatchObject({ help: true })
    expect(expectRight(parseGoldenOptions(['--', '--json']))).toMatchObject({ folder: '--json', json: false })
  })

  it('are refused with the mistake named', () => {
    expect(refused()).toContain('expected the path of one folder, found none')
    expect(refused('')).toContain("found ''")
    expect(refused('a', 'b')).toContain("found 'a' 'b'")
    expect(refused('a', '--device')).toContain('--device: expected one of auto')
    expect(refused('a', '--device', 'refrence')).toContain('did you mean reference?')
    expect(refused('a', '--json=1')).toContain("--json: expected no argument, found '1'")
    expect(refused('a', '--jsn')).toContain('did you mean --json?')
    expect(refused('a', '--constructor')).toContain('expected a known option')
  })

  it('are all in the help', () => {
    for (const text of ['--device NAME', '--json', '-h, --help', ...deviceChoices])
      expect(goldenHelp()).toContain(text)
  })
})
