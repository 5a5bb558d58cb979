/** The configuration of a released Hyena layer's file: from its metadata and name, sizes from its tensors. */
import { dataError, fail } from '../../error/error.js'
import type { Golden } from './family.js'

const modes = ['standard', 'seq', '4dir', '4dirp', 'parallel'] as const
const windows = ['standard', 'symettric', 'learn', 'no'] as const

export interface ReleasedHyena {
  /** Lengths that the filter is made for. */
  readonly grid: readonly number[]
  readonly channels: number
  readonly order: number
  /** 'free' is `direct_paramtrization`. */
  readonly filter: 'implicit' | 'product' | 'free'
  readonly mode: (typeof modes)[number]
  readonly window: (typeof windows)[number]
  readonly sqrtDecay: boolean
  /** Constant γ, where it is no parameter. */
  readonly shift: number
}

const refuse = (golden: Golden, field: string, expected: string, found: string): never =>
  fail(
    dataError({
      where: `${golden.name}: ${field}`,
      expected,
      found,
      hint: 'the family computes what the released layers can be asked for',
    }),
  )

/** What metadata may say: the fields that decide something, by the names that they go by; and what only describes. */
const fields = {
  L: ['L', 'l_max', 'seq_len'],
  C: ['C', 'd_model', 'dim'],
  F: ['F', 'filter_order', 'hyena_filter_order'],
  E: ['E', 'emb_dim'],
  order: ['order', 'hyena_order'],
  inner: ['num_inner_mlps', 'inner'],
  implicit: ['implicit', 'hyena2d_filter'],
  mode: ['mode', 'directional_mode'],
  window: ['window', 'window_mode'],
  direct: ['direct', 'direct_paramtrization', 'direct_parametrization'],
  sqrtDecay: ['sqrt', 'sqrt_decay', 'hyena2d_sqrt_decay'],
  shift: ['shift'],
} as const
const descriptive =
  /^(float64_.*|torch|note|layout|seed|B|batch|dropout|filter_dropout|dtype|source|w|grad_cp|lr.*)$/

const valueOf = ({ metadata }: Golden, field: keyof typeof fields): string | undefined =>
  fields[field].flatMap((name) => metadata[name] ?? [])[0]

/** Refuses metadata of which nobody has said what it means, unless it is a switch that is off. */
const checkNames = (golden: Golden): void => {
  const known: readonly string[] = Object.values(fields).flat()
  const unknown = Object.entries(golden.metadata).find(
    ([name, value]) =>
      !known.includes(name) && !descriptive.test(name) && !['False', 'None', '', '0'].includes(value),
  )
  if (unknown !== undefined)
    refuse(golden, unknown[0], `metadata ${known.join(', ')}`, `${unknown[0]} = ${unknown[1]}`)
}

const flagOf = (golden: Golden, field: keyof typeof fields, otherwise: boolean): boolean => {
  const text = valueOf(golden, field)?.toLowerCase()
  if (text === undefined || text === 'none') return otherwise
  return text === 'true' || text === 'false' || text === '1' || text === '0'
    ? text === 'true' || text === '1'
    : refuse(golden, field, 'True or False', text)
}

const oneOf = <const Names extends readonly string[]>(
  golden: Golden,
  field: keyof typeof fields,
  names: Names,
  text: string,
): Names[number] => names.find((name) => name === text) ?? refuse(golden, field, names.join(', '), text)

const shapeOf = (golden: Golden, name: string): readonly number[] =>
  golden.tensors[name]?.shape ?? refuse(golden, name, 'a tensor of this name', 'none')

/** A size that the tensors have; where the metadata states it too, both must agree. */
const size = (golden: Golden, field: 'L' | 'C' | 'F' | 'E' | 'order' | 'inner', found: number): number => {
  const stated = valueOf(golden, field)
  if (!Number.isInteger(found) || found < 1)
    refuse(golden, field, 'a whole number from the shapes', `${found}`)
  return stated === undefined || Number(stated) === found
    ? found
    : refuse(golden, field, `${found}, as the tensors have`, stated)
}

const lengthOf = (golden: Golden, free: boolean): number => {
  const names = ['param/filter_fn.pos_emb.z', 'buffer/filter_fn.pos_emb.z']
  const table = names.flatMap((name) => golden.tensors[name]?.shape ?? [])
  return size(golden, 'L', free ? (shapeOf(golden, 'param/filter').at(-1) ?? 0) : (table.at(-2) ?? 0))
}

const partsOf = ({ name }: Golden): readonly string[] => name.split('_')

const filterOf = (golden: Golden, axes: 1 | 2, free: boolean): ReleasedHyena['filter'] => {
  if (free) return 'free'
  if (flagOf(golden, 'direct', false)) refuse(golden, 'direct', 'a kernel param/filter', 'none')
  if (axes === 1)
    return flagOf(golden, 'implicit', true) ? 'implicit' : refuse(golden, 'implicit', 'True', 'False')
  return flagOf(golden, 'implicit', !partsOf(golden).includes('product')) ? 'implicit' : 'product'
}

/** What the name of a file says, as hyena2d_implicit_seq_standard_L6_C5_o2 does, where its metadata do not. */
const named = <T extends string>(golden: Golden, names: readonly T[]): string =>
  names.find((name) => partsOf(golden).includes(name)) ?? 'standard'

const modeOf = (golden: Golden, axes: 1 | 2): ReleasedHyena['mode'] => {
  const stated = valueOf(golden, 'mode') ?? named(golden, modes.slice(1))
  const mode = oneOf(golden, 'mode', modes, stated)
  return axes === 2 || mode === 'standard' ? mode : refuse(golden, 'mode', 'standard on one axis', mode)
}

const windowOf = (golden: Golden, axes: 1 | 2, filter: ReleasedHyena['filter']): ReleasedHyena['window'] => {
  const stated = valueOf(golden, 'window') ?? named(golden, windows.slice(1))
  const window = oneOf(golden, 'window', windows, stated === 'symmetric' ? 'symettric' : stated)
  return (filter === 'product' || axes === 1) && window === 'symettric'
    ? refuse(golden, 'window', 'standard, learn or no: the released filter of one axis has no other', window)
    : window
}

/** The layer of a file, or an error that names what does not fit. */
export const releasedHyena = (golden: Golden, axes: 1 | 2): ReleasedHyena => {
  checkNames(golden)
  const free = 'param/filter' in golden.tensors
  const [rows = 0, channels = 0] = shapeOf(golden, 'param/in_proj.weight')
  const filter = filterOf(golden, axes, free)
  const length = lengthOf(golden, free)
  return {
    grid: axes === 1 ? [length] : [length, length],
    channels: size(golden, 'C', channels),
    order: size(golden, 'order', rows / channels - 1),
    filter,
    mode: modeOf(golden, axes),
    window: windowOf(golden, axes, filter),
    // The released product and 1-D filters ignore it.
    sqrtDecay: flagOf(golden, 'sqrtDecay', false) && filter === 'implicit' && axes === 2,
    shift: Number(valueOf(golden, 'shift') ?? 0),
  }
}

/** The networks of a file's filter, by its first weight: [F, inputs]; and how many hidden layers and sines they have. */
export const networkSizes = (
  golden: Golden,
  { filter, grid }: ReleasedHyena,
): { readonly width: number; readonly depth: number; readonly features: number; readonly sines: number } => {
  const network = filter === 'product' ? 'Ximplicit_filter' : 'implicit_filter'
  const count = (pattern: RegExp): number =>
    Object.keys(golden.tensors).filter((name) => pattern.test(name)).length
  const weights = count(new RegExp(`^param/filter_fn\\.${network}\\.\\d+\\.weight$`))
  const [width = 0, inputs = 0] = shapeOf(golden, `param/filter_fn.${network}.0.weight`)
  return {
    width: size(golden, 'F', width),
    depth: size(golden, 'inner', weights - 2) + 1,
    features: size(golden, 'E', filter === 'product' ? inputs : inputs / grid.length),
    sines: count(/^param\/filter_fn\.[XY]?implicit_filter\.\d+\.freq$/),
  }
}
