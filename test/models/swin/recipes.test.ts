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
  'swin-s4nd': [7_209_214, 7_209_214 + TINY],
  // Not listed there: one state, one system and two directions have 12 + 4 C in each of twelve blocks.
  'swin-ssm-2d': [7_119_502, 7_119_502 + TINY],
}

describe('parameters', () => {
  it.each(recipes)('%s has as many as its recipe says', (_, { model, parameters }) => {
    expect(countOf(model)).toBe(parameters)
  })

  it.each(Object.entries(counts))('%s has as many as the reference', (name, both) => {
    const stated = new Map(recipes.map(([file, { parameters }]) => [file, parameters]))
    expect([stated.get(`${name}-cifar-100`), stated.get(`${name}-tiny-imagenet`)]).toEqual(both)
  })

  it('are those of the reference with 16 states of S4ND', () => {
    const stated = new Map(recipes.map(([file, { parameters }]) => [file, parameters]))
    expect(stated.get('swin-s4nd-16-states-cifar-100')).toBe(7_301_950)
  })

  /** Channels of all twelve blocks together. */
  const CHANNELS = 2 * 96 + 6 * 192 + 4 * 384

  it.each([1, 2, 6])('grow by those of a 2-D SSM of %d states before every block', (states) => {
    const given = { kind: 'ssm2d', states, systems: 2, directions: 4 }
    const own = 12 * (6 * 4 * 2 * states) + 2 * 4 * states * CHANNELS
    expect(countOf({ beforeMixer: given }) - countOf({})).toBe(own)
    expect(countOf({ beforeMixer: { ...given, skip: true } }) - countOf({})).toBe(own + CHANNELS)
  })

  it('are those of the reference with filters of width 16', () => {
    const narrow = (mixer: object): number =>
      countOf({ shift: 'none', mixer: { kind: 'hyena', filterWidth: 16, ...mixer } })
    expect(narrow({ axes: 'sequence', directions: 1 })).toBe(7_195_012)
    expect(narrow({ filter: 'product' })).toBe(7_299_796)
    expect(narrow({})).toBe(7_246_996)
  })
})
