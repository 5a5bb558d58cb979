/** The peers' two networks in plain numbers: a formula a line, one image at a time, in float64. */
import type { MixerKind, NetworkSizes } from '../../src/cli/bench/models.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { constantValues } from '../../src/op/leaf/constant.js'
import { erf } from '../support/scalar-meaning.js'

type Numbers = readonly number[]
/** Tokens, each with its channels. */
type Rows = readonly Numbers[]
/** The parameter of a name. */
type Parameters = (name: string) => Numbers

export const parameterTable = (params: unknown): Parameters => {
  const table = new Map(
    tensorPaths(params).map(({ path, leaf }) => [path, [...(constantValues(leaf) ?? [])]] as const),
  )
  return (name) => table.get(name) ?? []
}

const under =
  (parameters: Parameters, prefix: string): Parameters =>
  (name) =>
    parameters(`${prefix}.${name}`)

const at = (x: Numbers | undefined, i: number): number => x?.[i] ?? Number.NaN
const range = (size: number): Numbers => Array.from({ length: size }, (_, i) => i)
const total = (terms: Numbers): number => terms.reduce((sum, term) => sum + term, 0)
const plus = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, c) => value + at(b[t], c)))
const gelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2

/** x · weight + bias; no bias where there is none. */
const linear = (weight: Numbers, bias: Numbers, outputs: number, rows: Rows): Rows =>
  rows.map((row) =>
    range(outputs).map(
      (o) => total(row.map((value, i) => value * at(weight, i * outputs + o))) + (bias[o] ?? 0),
    ),
  )

const layerNorm = (p: Parameters, rows: Rows): Rows =>
  rows.map((row) => {
    const mean = total(row) / row.length
    const variance = total(row.map((value) => (value - mean) ** 2)) / row.length
    return row.map(
      (value, c) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(p('scale'), c) + at(p('shift'), c),
    )
  })

const attention = (p: Parameters, heads: number, rows: Rows): Rows => {
  const width = rows[0]?.length ?? 0
  const each = width / heads
  const streams = linear(p('project.weight'), [], 3 * width, rows)
  const mixed = streams.map((query) =>
    range(width).map((channel) => {
      const head = Math.floor(channel / each) * each
      const weights = streams.map((key) =>
        Math.exp(
          total(range(each).map((d) => at(query, head + d) * at(key, width + head + d))) / Math.sqrt(each),
        ),
      )
      return total(weights.map((w, t) => w * at(streams[t], 2 * width + channel))) / total(weights)
    }),
  )
  return linear(p('output.weight'), p('output.bias'), width, mixed)
}

/** The filter at every place of a grid of side × side. */
const filter = (p: Parameters, side: number, channels: number): Rows => {
  const places = range(side * side).map(
    (i) => [Math.floor(i / side) / (side - 1), (i % side) / (side - 1)] as const,
  )
  const features = places.map(([y, x]) => [
    y,
    x,
    ...[1, 2].flatMap((f) =>
      [y, x].flatMap((t) => [Math.sin(2 * Math.PI * f * t), Math.cos(2 * Math.PI * f * t)]),
    ),
  ])
  const hidden = [0, 1, 2].reduce<Rows>(
    (rows, i) => linear(p(`weight${i}`), p(`bias${i}`), 32, rows).map((row) => row.map(Math.sin)),
    features,
  )
  return linear(p('weight3'), [], channels, hidden).map((row, i) => {
    const [y, x] = places[i] ?? [0, 0]
    return row.map((value, c) => value * Math.exp(-(y + x) * (0.3 + (4.7 * c) / (channels - 1))))
  })
}

const hyena = (p: Parameters, side: number, rows: Rows): Rows => {
  const width = rows[0]?.length ?? 0
  const projected = linear(p('project.weight'), p('project.bias'), 3 * width, rows)
  const place = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= side || column >= side ? -1 : row * side + column
  const short = rows.map((_, t) =>
    range(3 * width).map(
      (c) =>
        at(p('short.bias'), c) +
        total(
          range(9).map((tap) => {
            const from = place(Math.floor(t / side) + Math.floor(tap / 3) - 1, (t % side) + (tap % 3) - 1)
            return from < 0 ? 0 : at(p('short.weight'), tap * 3 * width + c) * at(projected[from], c)
          }),
        ),
    ),
  )
  const kernel = filter(under(p, 'filter'), side, width)
  const gated = short.map((row) => range(width).map((c) => at(row, 2 * width + c) * at(row, width + c)))
  const mixed = rows.map((_, t) =>
    range(width).map((c) => {
      const long = total(
        kernel.map((taps, a) => {
          const from = place(Math.floor(t / side) - Math.floor(a / side), (t % side) - (a % side))
          return from < 0 ? 0 : at(taps, c) * at(gated[from], c)
        }),
      )
      return (long + at(p('skip.weight'), c) * at(gated[t], c)) * at(short[t], c)
    }),
  )
  return linear(p('output.weight'), p('output.bias'), width, mixed)
}

/** Rows of patches, each with its elements in row-major order, channels last. */
const patches = ({ side, channels, patch }: NetworkSizes, image: Numbers): Rows => {
  const across = side / patch
  return range(across * across).map((t) =>
    range(patch * patch * channels).map((i) => {
      const row = Math.floor(t / across) * patch + Math.floor(i / (patch * channels))
      const column = (t % across) * patch + (Math.floor(i / channels) % patch)
      return at(image, (row * side + column) * channels + (i % channels))
    }),
  )
}

const logitsOfImage = (kind: MixerKind, sizes: NetworkSizes, p: Parameters, image: Numbers): Numbers => {
  const { width, heads, depth, classes, side, patch } = sizes
  const positions = p('positions.positions')
  let x: Rows = linear(p('embed.weight'), p('embed.bias'), width, patches(sizes, image)).map((row, t) =>
    row.map((value, c) => value + at(positions, t * width + c)),
  )
  for (let i = 0; i < depth; i += 1) {
    const mix = under(p, `blocks.${i}.mix`)
    const feed = under(p, `blocks.${i}.feed`)
    const normal = layerNorm(under(mix, 'norm'), x)
    const body = under(mix, 'body')
    x = plus(x, kind === 'attention' ? attention(body, heads, normal) : hyena(body, side / patch, normal))
    const hidden = linear(
      feed('body.up.weight'),
      feed('body.up.bias'),
      2 * width,
      layerNorm(under(feed, 'norm'), x),
    )
    const active = hidden.map((row) => row.map(gelu))
    x = plus(x, linear(feed('body.down.weight'), feed('body.down.bias'), width, active))
  }
  const last = layerNorm(under(p, 'norm'), x)
  const pooled = range(width).map((c) => total(last.map((row) => at(row, c))) / last.length)
  return linear(p('head.weight'), p('head.bias'), classes, [pooled])[0] ?? []
}

/** The logits of all images [batch, side, side, channels], one after another. */
export const logitsOf = (
  kind: MixerKind,
  sizes: NetworkSizes,
  parameters: Parameters,
  images: Numbers,
): Numbers => {
  const size = sizes.side * sizes.side * sizes.channels
  return range(sizes.batch).flatMap((i) =>
    logitsOfImage(kind, sizes, parameters, images.slice(i * size, (i + 1) * size)),
  )
}
