/** Every Swin row of table 2, as a recipe: it can be built, and has as many parameters as it says. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makeSwin } from '../../../models/swin/index.js'
import { orFail } from '../../../src/error/error.js'
import { countParameters } from '../../../src/nn/count.js'

const folder = fileURLToPath(new URL('../../../examples/recipes/', import.meta.url))

interface Recipe {
  readonly model: unknown
  readonly parameters: number
}
const recipes: readonly (readonly [string, Recipe])[] = readdirSync(folder)
  .filter((file) => /^(sl-)?swin.*\.json$/.test(file))
  .map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Recipe])

const countOf = (options: unknown): number => countParameters(orFail(makeSwin(options)))

/** Tiny-ImageNet beside CIFAR-100, whatever mixes: patches of 48 instead of 12 numbers, and 100 more classes. */
const TINY = (48 - 12) * 96 + 100 * 385

/** Counts read off reference code, for CIFAR-100 and Tiny-ImageNet. */
const counts: Readonly<Record<string, readonly [number, number]>> = {
  swin: [7_107_838, 7_149_794],
  'sl-swin': [8_596_816, 8_652_956],
  'swin-hyena-1d': [7_260_868, 7_260_868 + TINY],
  'swin-hyena-product': [7_431_316, 7_431_316 + TINY],
  'swin-hyena-2d': [7_313_428, 7_313_428 + TINY],
}

describe('parameters', () => {
  it.each(recipes)('%s has as many as its recipe says', (_, { model, parameters }) => {
    expect(countOf(model)).toBe(parameters)
  })

  it.each(Object.entries(counts))('%s has as many as the reference', (name, both) => {
    const stated = new Map(recipes.map(([file, { parameters }]) => [file, parameters]))
    expect([stated.get(`${name}-cifar-100`), stated.get(`${name}-tiny-imagenet`)]).toEqual(both)
  })

  it('are those of the reference with filters of width 16', () => {
    const narrow = (mixer: object): number =>
      countOf({ shift: 'none', mixer: { kind: 'hyena', filterWidth: 16, ...mixer } })
    expect(narrow({ axes: 'sequence', directions: 1 })).toBe(7_195_012)
    expect(narrow({ filter: 'product' })).toBe(7_299_796)
    expect(narrow({})).toBe(7_246_996)
  })
})
