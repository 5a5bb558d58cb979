/** Names and shapes of the released vision transformers' tensors, by their configuration: files without numbers. */
import type { Golden } from '../../src/cli/goldens/family.js'
import { sizeOf } from '../../src/shape/dim.js'

type Shapes = Readonly<Record<string, readonly number[]>>

export interface DeitCase {
  readonly method: string
  readonly classToken: boolean
  readonly order: number
  readonly implicit: boolean
  readonly sqrtDecay: boolean
  readonly mode: string
  readonly free: boolean
  readonly window: string
}

const SIDE = 32
const DIM = 6
const DEPTH = 3
const HEADS = 2
const FILTER = 3
const OUTPUTS = 4
const RATIO = 2

const flag = (on: boolean): string => (on ? 'True' : 'False')

/** The released stem halves the grid four times, so that its patches have a side of 16. */
const patchOf = ({ method }: DeitCase): number => (method === 'attentionec' ? 16 : 8)
const sideOf = (given: DeitCase): number => SIDE / patchOf(given)

const named = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`${prefix}${name}`, shape]))

const linear = (name: string, inputs: number, outputs: number): Shapes => ({
  [`${name}.weight`]: [outputs, inputs],
  [`${name}.bias`]: [outputs],
})

const norm = (name: string): Shapes => ({ [`${name}.weight`]: [DIM], [`${name}.bias`]: [DIM] })

const convolution = (name: string, inputs: number, outputs: number, taps: readonly number[]): Shapes => ({
  [`${name}.weight`]: [outputs, inputs, ...taps],
  [`${name}.bias`]: [outputs],
})

/** The method of each block, and whether the released code has one block fewer. */
export const blocksOf = ({ method }: DeitCase): readonly string[] =>
  Array.from({ length: method === 'attentionec' ? DEPTH - 1 : DEPTH }, (_, block) => {
    const late = block > Math.floor(DEPTH / 2)
    switch (method) {
      case 'attentionec':
        return 'attention'
      case 'hyena2dattn':
        return late ? 'attention' : 'hyena2d'
      case 'attnhyena2d':
        return late ? 'hyena2d' : 'attention'
      case 'onebyone':
        return block % 2 === 0 ? 'hyena2d' : 'attention'
      default:
        return method
    }
  })

const network = (name: string, inputs: number, outputs: number, sine = true): Shapes => ({
  ...linear(`${name}.0`, inputs, FILTER),
  ...(sine ? { [`${name}.1.freq`]: [1, FILTER] } : {}),
  ...linear(`${name}.2`, FILTER, FILTER),
  ...linear(`${name}.4`, FILTER, FILTER),
  [`${name}.6.weight`]: [outputs, FILTER],
})

/** The window's tensors, with the kind that each is of. */
const windowShapes = (name: string, rates: readonly string[], kind: string, channels: number): Shapes => {
  const shape = [1, 1, channels]
  const of = (prefix: string, names: readonly string[]): Shapes =>
    Object.fromEntries(names.map((rate) => [`${prefix}/${name}.${rate}`, shape]))
  if (kind === 'no') return {}
  if (kind === 'standard') return of('buffer', rates)
  return of('param', [...(kind === 'symettric' ? ['deltas'] : rates), 'shift'])
}

const params = (shapes: Shapes): Shapes => named('param/', shapes)

const filterShapes = (given: DeitCase, flat: boolean): Shapes => {
  const channels = (given.order - 1) * DIM
  const length = flat ? sideOf(given) ** 2 : sideOf(given)
  const common = params({ bias: [channels], 'pos_emb.z': [1, length, 3] })
  if (flat)
    return {
      ...common,
      ...params(network('implicit_filter', 3, channels)),
      ...windowShapes('modulation', ['deltas'], 'standard', channels),
    }
  if (given.implicit)
    return {
      ...common,
      ...params(network('implicit_filter', 6, channels)),
      ...windowShapes('modulation', ['Xdeltas', 'Ydeltas'], given.window, channels),
    }
  return {
    ...common,
    ...params(network('Yimplicit_filter', 3, channels)),
    ...params(network('Ximplicit_filter', 3, channels, false)),
    ...windowShapes('Ymodulation', ['deltas'], given.window, channels),
    ...windowShapes('Xmodulation', ['deltas'], given.window, channels),
  }
}

/** `param/a` and `buffer/a` as `param/prefix.a` and `buffer/prefix.a`. */
const within = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name.replace('/', `/${prefix}.`), shape]))

const hyenaShapes = (given: DeitCase, flat: boolean): Shapes => {
  const width = (given.order + 1) * DIM
  const copies = !flat && given.mode === 'parallel' ? 4 : 1
  const mixes: Shapes = flat
    ? {}
    : given.mode === '4dir'
      ? linear('linear_mix', 4, 1)
      : given.mode === '4dirp'
        ? linear('linear_mix', 4 * DIM, DIM)
        : {}
  const side = sideOf(given)
  return {
    ...params({
      ...linear('in_proj', DIM, width),
      ...linear('out_proj', copies * DIM, DIM),
      ...convolution('short_filter', 1, copies * width, flat ? [3] : [3, 3]),
      ...mixes,
    }),
    ...(given.free && !flat
      ? params({ filter: [given.order, DIM, side, side], bias: [given.order, DIM] })
      : within('filter_fn', filterShapes(given, flat))),
  }
}

const mixerShapes = (given: DeitCase, method: string): Shapes =>
  method === 'attention'
    ? params({ ...linear('qkv', DIM, 3 * DIM), ...linear('proj', DIM, DIM) })
    : hyenaShapes(given, method === 'hyena')

const blockShapes = (given: DeitCase, method: string): Shapes => ({
  ...params({
    ...norm('norm1'),
    ...norm('norm2'),
    ...linear('mlp.fc1', DIM, RATIO * DIM),
    ...linear('mlp.fc2', RATIO * DIM, DIM),
  }),
  ...within('attn', mixerShapes(given, method)),
})

const stemShapes: Shapes = {
  ...[48, 96, 192, 384].reduce<Shapes>(
    (shapes, width, i) => ({
      ...shapes,
      ...convolution(`convs.conv_layers.${i}`, [3, 48, 96, 192][i] ?? 3, width, [3, 3]),
    }),
    {},
  ),
  ...convolution('convs.conv_layers.conv_1x1', 384, DIM, [1, 1]),
}

const deitShapes = (given: DeitCase): Shapes => {
  const extra = Number(given.classToken)
  const patch = patchOf(given)
  return {
    x: [2, 3, SIDE, SIDE],
    g: [2, OUTPUTS],
    y: [2, OUTPUTS],
    tokens: [2, extra + sideOf(given) ** 2, DIM],
    ...params({
      ...(given.classToken ? { cls_token: [1, 1, DIM] } : {}),
      pos_embed: [1, extra + sideOf(given) ** 2, DIM],
      ...convolution('patch_embed.proj', 3, DIM, [patch, patch]),
      ...(given.method === 'attentionec' ? stemShapes : {}),
      ...norm('norm'),
      ...linear('head', DIM, OUTPUTS),
    }),
    ...blocksOf(given).reduce<Shapes>(
      (shapes, method, i) => ({ ...shapes, ...within(`blocks.${i}`, blockShapes(given, method)) }),
      {},
    ),
  }
}

const emptyTensors = (shapes: Shapes): Golden['tensors'] =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, data: new Float64Array(sizeOf(shape)) }]),
  )

/** A file of the released DeiT code. */
export const deitFile = (given: DeitCase): Golden => ({
  name: 'deit_case',
  metadata: {
    method: given.method,
    grad_cp: 'False',
    patch_size: `${patchOf(given)}`,
    use_cls_token: flag(given.classToken),
    hyena_order: `${given.order}`,
    hyena_filter_order: `${FILTER}`,
    hyena2d_filter: flag(given.implicit),
    hyena2d_sqrt_decay: flag(given.sqrtDecay),
    directional_mode: given.mode,
    direct_paramtrization: flag(given.free),
    window_mode: given.window,
    image: `${SIDE}`,
    dim: `${DIM}`,
    heads: `${HEADS}`,
    depth: `${DEPTH}`,
    outputs: `${OUTPUTS}`,
    mlp_ratio: `${RATIO}`,
    ln_eps: '1e-06',
    readout: 'token 0',
  },
  tensors: emptyTensors(deitShapes(given)),
})

export interface VitCase {
  readonly heads: number
  readonly headWidth: number
  readonly spt: boolean
  readonly lsa: boolean
}

const vitBlock = ({ heads, headWidth, lsa }: VitCase): Shapes => {
  const inner = heads * headWidth
  const projects = heads > 1 || headWidth !== DIM
  return {
    ...norm('0.norm'),
    '0.fn.to_qkv.weight': [3 * inner, DIM],
    ...(projects ? linear('0.fn.to_out.0', inner, DIM) : {}),
    ...(lsa ? { '0.fn.scale': [heads] } : {}),
    ...norm('1.norm'),
    ...linear('1.fn.net.0', DIM, RATIO * DIM),
    ...linear('1.fn.net.3', RATIO * DIM, DIM),
  }
}

/** A file of the small ViT's code: images of 8 × 8 in patches of 4. */
export const vitFile = (given: VitCase): Golden => {
  const inputs = 48 * (given.spt ? 5 : 1)
  const merging = 'to_patch_embedding.merging'
  const embed = given.spt
    ? {
        [`${merging}.1.weight`]: [inputs],
        [`${merging}.1.bias`]: [inputs],
        ...linear(`${merging}.2`, inputs, DIM),
      }
    : linear('to_patch_embedding.1', inputs, DIM)
  return {
    name: 'vit_case',
    metadata: {
      image: '8',
      patch: '4',
      dim: `${DIM}`,
      depth: '2',
      heads: `${given.heads}`,
      head_dim: `${given.headWidth}`,
      mlp_ratio: `${RATIO}`,
      classes: `${OUTPUTS}`,
      spt: flag(given.spt),
      lsa: flag(given.lsa),
    },
    tensors: emptyTensors({
      x: [2, 3, 8, 8],
      g: [2, OUTPUTS],
      y: [2, OUTPUTS],
      ...params({
        pos_embedding: [1, 5, DIM],
        cls_token: [1, 1, DIM],
        ...embed,
        ...named('transformer.layers.0.', vitBlock(given)),
        ...named('transformer.layers.1.', vitBlock(given)),
        ...norm('mlp_head.0'),
        ...linear('mlp_head.1', DIM, OUTPUTS),
      }),
    }),
  }
}
