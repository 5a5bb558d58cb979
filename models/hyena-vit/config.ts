/** Options of the Hyena vision transformer: a codec, defaults, and what must hold between them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { PathReporter } from 'io-ts/lib/PathReporter.js'
import type { TensorError } from '../../src/error/error.js'
import { optionError } from '../../src/error/error.js'

const oneOf = <const Names extends readonly [string, string, ...string[]]>(
  names: Names,
): t.Type<Names[number]> => {
  const [first, second, ...rest] = names
  const literals = [t.literal(first), t.literal(second), ...rest.map((name) => t.literal(name))] as const
  return t.union([literals[0], literals[1], ...literals.slice(2)])
}

const fields = {
  /** Rows and columns of the images. */
  height: t.number,
  columns: t.number,
  channels: t.number,
  classes: t.number,
  /** Side of a patch. */
  patch: t.number,
  /** Channels of a token. */
  width: t.number,
  depth: t.number,
  /** Hidden size of the MLPs, as a multiple of the width. */
  mlpRatio: t.number,
  /** What mixes the tokens; the hybrids are halves, or alternate from a Hyena block on. */
  mixer: oneOf(['hyena', 'attention', 'hyena-first', 'attention-first', 'alternate']),
  heads: t.number,
  attentionBias: t.boolean,
  order: t.number,
  filter: oneOf(['implicit', 'product']),
  filterWidth: t.number,
  filterDepth: t.number,
  /** Features of a position on one axis: odd, from 3. */
  features: t.number,
  frequency: t.number,
  sine: oneOf(['shared', 'own']),
  positions: oneOf(['fixed', 'learned']),
  window: oneOf(['dimensional', 'released', 'symmetric', 'released-symmetric', 'learned', 'none']),
  /** 1: causal. 2: blocks alternate between backward and forward, from backward. 4: every flip, mixed. */
  directions: t.union([t.literal(1), t.literal(2), t.literal(4)]),
  projections: oneOf(['shared', 'own']),
  reversal: oneOf(['first', 'alternate']),
  shortFilter: oneOf(['same', 'causal']),
  kernelScale: oneOf(['one', 'inverse of 2L']),
  readout: oneOf(['mean', 'first']),
  /** Rate of stochastic depth of the last block; the first has 0 when linear. */
  dropPath: t.number,
  dropPathSchedule: oneOf(['linear', 'constant']),
  init: oneOf(['truncated normal', 'xavier normal', 'pytorch']),
  epsilon: t.number,
}

export const hyenaVitConfig = t.readonly(t.type(fields))
export type HyenaVitConfig = t.TypeOf<typeof hyenaVitConfig>

/** The paper's small ViT on 32×32 images of 100 classes, with a 2-directional Hyena 2-D mixer. */
export const paperConfig: HyenaVitConfig = {
  height: 32,
  columns: 32,
  channels: 3,
  classes: 100,
  patch: 4,
  width: 192,
  depth: 9,
  mlpRatio: 2,
  mixer: 'hyena',
  heads: 12,
  attentionBias: false,
  order: 2,
  filter: 'implicit',
  filterWidth: 32,
  filterDepth: 3,
  features: 3,
  frequency: 1,
  sine: 'shared',
  positions: 'learned',
  window: 'dimensional',
  directions: 2,
  projections: 'shared',
  reversal: 'first',
  shortFilter: 'same',
  kernelScale: 'one',
  readout: 'mean',
  dropPath: 0.1,
  dropPathSchedule: 'linear',
  init: 'truncated normal',
  epsilon: 1e-6,
}

/** What must hold of a configuration: the field at fault, whether it holds, and words for the error. */
type Rule = readonly [
  field: keyof HyenaVitConfig,
  holds: (c: HyenaVitConfig) => boolean,
  expected: string,
  hint: string,
]

const positive = (...names: readonly (keyof HyenaVitConfig)[]): readonly Rule[] =>
  names.map((name) => [
    name,
    (c) => Number.isInteger(c[name]) && Number(c[name]) > 0,
    'a positive whole number',
    'sizes are counted',
  ])

const rules: readonly Rule[] = [
  ...positive(
    'height',
    'columns',
    'channels',
    'classes',
    'patch',
    'width',
    'depth',
    'heads',
    'filterWidth',
    'filterDepth',
  ),
  [
    'patch',
    (c) => c.height % c.patch === 0 && c.columns % c.patch === 0,
    'a side that divides height and columns',
    'patches must fill the image; crop or pad it, or choose another side',
  ],
  [
    'heads',
    (c) => c.mixer === 'hyena' || c.width % c.heads === 0,
    'a number that divides the width',
    'each head takes an equal share of the channels',
  ],
  [
    'order',
    (c) => Number.isInteger(c.order) && c.order >= 2,
    'a whole number from 2',
    'order 2 has one long convolution',
  ],
  [
    'features',
    (c) => Number.isInteger(c.features) && c.features >= 3 && c.features % 2 === 1,
    'an odd number from 3',
    'one position, and a cosine and a sine for each band',
  ],
  [
    'mlpRatio',
    (c) => Number.isInteger(c.mlpRatio * c.width) && c.mlpRatio > 0,
    'a ratio whose product with the width is a positive whole number',
    'the paper uses 2',
  ],
  ['dropPath', (c) => c.dropPath >= 0 && c.dropPath < 1, 'a rate from 0 to below 1', 'the paper uses 0.1'],
  [
    'kernelScale',
    (c) => c.kernelScale === 'one' || c.height === c.columns,
    "'one' for images that are not square",
    'the released factor is defined for square grids',
  ],
  ['epsilon', (c) => c.epsilon > 0, 'a positive number', 'it keeps the normalisation from dividing by 0'],
]

const isOptions = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

/** A configuration from some of its fields, the others as in `base`; the first field at fault is named. */
export const decodeConfig =
  (base: HyenaVitConfig = paperConfig) =>
  (given: unknown): E.Either<TensorError, HyenaVitConfig> => {
    if (!isOptions(given))
      return E.left(
        optionError({
          where: 'hyena-vit: options',
          expected: 'an object of options',
          found: String(given),
          hint: 'give {} for the paper’s own',
        }),
      )
    const unknown = Object.keys(given).find((name) => !(name in fields))
    if (unknown !== undefined)
      return E.left(
        optionError({
          where: `hyena-vit: ${unknown}`,
          expected: 'a known option',
          found: unknown,
          hint: `options are ${Object.keys(fields).join(', ')}`,
        }),
      )
    return pipe(
      hyenaVitConfig.decode({ ...base, ...given }),
      E.mapLeft((errors) =>
        optionError({
          where: `hyena-vit: ${errors[0]?.context[1]?.key || 'options'}`,
          expected: 'options of the stated types',
          found: PathReporter.report(E.left(errors)).join('; '),
          hint: 'see config.ts for each option',
        }),
      ),
      E.chain(check),
    )
  }

const check = (config: HyenaVitConfig): E.Either<TensorError, HyenaVitConfig> => {
  const broken = rules.find(([, holds]) => !holds(config))
  if (broken === undefined) return E.right(config)
  const [field, , expected, hint] = broken
  return E.left(optionError({ where: `hyena-vit: ${field}`, expected, found: `${config[field]}`, hint }))
}
