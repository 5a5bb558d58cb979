/** Every ViT and DeiT row of the paper's tables, as a recipe: it can be built, and has as many parameters as it says. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { makeVit } from '../../../models/vit/index.js'
import { orFail } from '../../../src/error/error.js'
import { countParameters } from '../../../src/nn/count.js'

const folder = fileURLToPath(new URL('../../../examples/recipes/', import.meta.url))

const recipeCodec = t.type({
  name: t.string,
  source: t.type({
    table: t.number,
    row: t.string,
    dataset: t.string,
    parameters: t.union([t.string, t.null]),
  }),
  model: t.intersection([t.type({ kind: t.string }), t.UnknownRecord]),
  parameters: t.number,
})
type Recipe = t.TypeOf<typeof recipeCodec>

const read = (file: string): Recipe => {
  const decoded = recipeCodec.decode(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')))
  if (!isRight(decoded)) throw new TypeError(`${file} is no recipe`)
  return decoded.right
}

const recipes: readonly (readonly [string, Recipe])[] = readdirSync(folder)
  .filter((file) => /^(vit|sl-vit|deit).*\.json$/.test(file))
  .map((file) => [file.replace('.json', ''), read(file)])

const countOf = (options: unknown): number => countParameters(orFail(makeVit(options)))

/** Tiny-ImageNet beside CIFAR-100, whatever mixes: patches of 192 instead of 48 numbers, and 100 more classes. */
const TINY = (192 - 48) * 192 + 100 * (192 + 1)

/** Counts of reference code, or read off it, for CIFAR-100. */
const small: Readonly<Record<string, number>> = {
  vit: 2_709_796,
  'vit-no-class-token': 2_709_412,
  'vit-hyena-1d': 2_814_532,
  'vit-hyena-product': 2_919_580,
  'vit-hyena-2d': 2_844_988,
  'vit-hyena-first': 2_769_668,
  'vit-attention-first': 2_784_732,
  'vit-alternate': 2_784_732,
  'vit-s4nd': 2_728_912,
  'vit-ssm-2d': 2_716_816,
  'vit-ssm-2d-mlp': 2_932_324,
  // More: shifted patches are five images wide, and are normed.
  'sl-vit': 2_747_248,
}

/** The same for CelebA. */
const deit: Readonly<Record<string, number>> = {
  deit: 5_532_136,
  'deit-no-class-token': 5_531_752,
  'deit-hyena-1d': 5_819_896,
  'deit-hyena-product': 5_805_280,
  'deit-hyena-2d': 5_705_824,
  'deit-hyena-first': 5_618_788,
  'deit-attention-first': 5_618_788,
  'deit-alternate': 5_618_788,
  'deit-hyena-first-released': 5_633_294,
  'deit-ssm-2d': 5_541_496,
}

describe('recipes of the vision transformers', () => {
  it('are one for each row of tables 2 to 5', () => {
    const rows = (table: number, dataset: string): number =>
      new Set(
        recipes.flatMap(([, { source }]) =>
          source.table === table && source.dataset === dataset ? [source.row] : [],
        ),
      ).size
    expect([rows(2, 'CIFAR-100'), rows(2, 'Tiny-ImageNet'), rows(3, 'CelebA')]).toEqual([12, 12, 10])
    expect([rows(4, 'CelebA'), rows(5, 'CelebA')]).toEqual([6, 7])
    expect(new Set(recipes.map(([, { name }]) => name)).size).toBe(recipes.length)
  })

  it.each(recipes)('%s has as many parameters as it says', (_, { model, parameters }) => {
    expect(countOf(model)).toBe(parameters)
  })

  const stated = new Map(recipes.map(([file, { parameters }]) => [file, parameters]))

  it('have the counts of the reference with more states of S4ND', () => {
    expect(stated.get('vit-s4nd-16-states-cifar-100')).toBe(2_826_436)
    expect(stated.get('vit-s4nd-64-states-cifar-100')).toBe(3_160_804)
  })

  it.each(Object.entries(small))('%s has the count of the reference on both data sets', (name, count) => {
    expect(stated.get(`${name}-cifar-100`)).toBe(count)
    expect(stated.get(`${name}-tiny-imagenet`)).toBe(name === 'sl-vit' ? 2_906_228 : count + TINY)
  })

  it.each(Object.entries(deit))('%s has the count of the reference', (name, count) => {
    expect(stated.get(`${name}-celeba`)).toBe(count)
  })
})

/** S4ND of two directions: its skip and, on each of two axes, steps, C, and λ, B and P of every system. */
const s4nd = (channels: number, states: number, systems: number): number =>
  channels + 2 * (channels + 2 * channels * states + 3 * states * systems)

/** The 2-D SSM of real numbers: A and B of every system, C of every channel. */
const ssm2d = (channels: number, states: number, systems: number, directions: number): number =>
  6 * directions * systems * states + 2 * channels * directions * states

describe('state space models before attention', () => {
  /** What each of nine blocks has more. */
  const added = (beforeMixer: object): number =>
    (countOf({ mixer: { kind: 'attention' }, classToken: true, readout: 'class token', beforeMixer }) -
      2_709_796) /
    9

  it.each([
    [2, 1],
    [16, 1],
    [16, 192],
    [64, 2],
  ])('S4ND of %d states and %d systems adds what it has', (states, systems) => {
    expect(added({ kind: 's4nd', states, systems })).toBe(s4nd(192, states, systems))
  })

  it.each([
    [1, 1, 2],
    [16, 2, 2],
    [3, 1, 4],
  ])(
    'a 2-D SSM of %d states, %d systems and %d directions adds what it has',
    (states, systems, directions) => {
      const given = { kind: 'ssm2d', states, systems, directions }
      const [own, skip, norm] = [ssm2d(192, states, systems, directions), 192, 2 * 192]
      expect(added(given)).toBe(own)
      expect(added({ ...given, skip: true })).toBe(own + skip)
      expect(added({ ...given, skip: true, normalised: true })).toBe(own + skip + norm)
      expect(added({ ...given, complex: true })).toBe(2 * own)
    },
  )
})

describe('stems of convolutions', () => {
  /** Weights and biases of convolutions of 3 × 3 from 3 channels on, and of the last one of one tap. */
  const stem = (widths: readonly number[]): number =>
    [3, ...widths].reduce(
      (sum, inputs, i) => sum + (widths[i] === undefined ? (inputs + 1) * 192 : (9 * inputs + 1) * widths[i]),
      0,
    )
  const patches = (side: number): number => 3 * side ** 2 * 192 + 192

  it('stand for the patch embedding', () => {
    const stated = new Map(recipes.map(([file, { parameters }]) => [file, parameters]))
    expect(stated.get('vit-c-cifar-100')).toBe(2_709_412 - patches(4) + stem([24, 48, 48]))
    expect(stated.get('vit-c-tiny-imagenet')).toBe(2_756_360 - patches(8) + stem([24, 48, 48]))
    expect(stated.get('deit-c-celeba')).toBe(5_639_896)
    expect(stated.get('deit-c-released-celeba')).toBe(5_886_088)
  })
})

const celeba = {
  height: 224,
  columns: 224,
  patch: 16,
  classes: 40,
  depth: 12,
  mlpRatio: 4,
}
const hyena1d = { kind: 'hyena', axes: 'sequence', directions: 1 }
const product = { kind: 'hyena', filter: 'product' }
const implicit = { kind: 'hyena' }
const attention = { kind: 'attention', heads: 3, bias: true }

describe('counts at other widths of the filter', () => {
  it.each<readonly [object, readonly (readonly [width: number, small: number, deit: number])[]]>([
    [
      hyena1d,
      [
        [8, 2_754_268, 0],
        [16, 2_772_052, 5_613_112],
        [32, 2_814_532, 5_669_752],
        [64, 0, 5_819_896],
      ],
    ],
    [
      product,
      [
        [8, 2_799_268, 0],
        [16, 2_834_764, 5_692_192],
        [32, 2_919_580, 5_805_280],
        [64, 0, 6_105_184],
      ],
    ],
    [
      implicit,
      [
        [8, 2_784_076, 0],
        [16, 2_802_076, 5_648_608],
        [32, 2_844_988, 5_705_824],
        [64, 0, 5_857_120],
      ],
    ],
  ])('are those of the reference: %j', (mixer, counts) => {
    for (const [filterWidth, cifar, faces] of counts) {
      const wide = { mixer: { ...mixer, filterWidth } }
      if (cifar > 0) expect(countOf(wide)).toBe(cifar)
      if (faces > 0) expect(countOf({ ...celeba, ...wide })).toBe(faces)
    }
  })

  it.each([
    ['halves', 16, 5_590_180],
    ['halves', 32, 5_618_788],
    ['halves', 64, 5_694_436],
    ['released halves', 16, 5_599_918],
    ['released halves', 32, 5_633_294],
    ['released halves', 64, 5_721_550],
  ] as const)('are those of the reference for hybrids of DeiT: %s, %d', (arrangement, filterWidth, count) => {
    const mixer = { kind: 'hybrid', arrangement, first: { ...implicit, filterWidth }, second: attention }
    expect(countOf({ ...celeba, mixer })).toBe(count)
  })
})
