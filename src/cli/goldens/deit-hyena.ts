/** The released Hyena layers' weights in our layouts. */
import type { Tensor } from '../../ir/tensor.js'
import { build } from '../../op/index.js'
import type { Shape } from '../../shape/dim.js'
import type { NamedTensors } from './family.js'
import type { WeightRule } from './vit-weights.js'
import { byRules } from './vit-weights.js'

const network = (from: string, prefix: string): readonly WeightRule[] =>
  [0, 1, 2, 3].flatMap((i): readonly WeightRule[] => [
    [
      new RegExp(`^filter\\.network\\.${prefix}weight${i}$`),
      `filter_fn.${from}.${2 * i}.weight`,
      'outputs first',
    ],
    [new RegExp(`^filter\\.network\\.${prefix}bias${i}$`), `filter_fn.${from}.${2 * i}.bias`, 'same'],
  ])

const rules: readonly WeightRule[] = [
  [/^project\.weight$/, 'in_proj.weight', 'outputs first'],
  [/^project\.bias$/, 'in_proj.bias', 'same'],
  [/^output\.weight$/, 'out_proj.weight', 'outputs first'],
  [/^output\.bias$/, 'out_proj.bias', 'same'],
  [/^short\.weight$/, 'short_filter.weight', 'outputs first'],
  [/^short\.bias$/, 'short_filter.bias', 'same'],
  [/^skip\.weight$/, 'filter_fn.bias', 'same'],
  [/^mix\.weight$/, 'linear_mix.weight', 'outputs first'],
  [/^mix\.bias$/, 'linear_mix.bias', 'same'],
  [/^filter\.network\.positions\d+$/, 'filter_fn.pos_emb.z', 'same'],
  [/^filter\.window\.shift$/, 'filter_fn.modulation.shift', 'same'],
  [/^filter\.window\.axis0\.shift$/, 'filter_fn.Xmodulation.shift', 'same'],
  [/^filter\.window\.axis1\.shift$/, 'filter_fn.Ymodulation.shift', 'same'],
  ...network('implicit_filter', ''),
  ...network('Ximplicit_filter', 'axis0_'),
  ...network('Yimplicit_filter', 'axis1_'),
]

/** Names of the decay rates that each of our tables is made of. */
const rateNames: Readonly<Record<string, readonly string[]>> = {
  'filter.window.rates': ['modulation.deltas', 'modulation.Xdeltas', 'modulation.Ydeltas'],
  'filter.window.axis0.rates': ['Xmodulation.deltas'],
  'filter.window.axis1.rates': ['Ymodulation.deltas'],
}

export const hyenaWeight =
  ({ params, buffers }: { readonly params: NamedTensors; readonly buffers: NamedTensors }) =>
  (path: string, shape: Shape): Tensor | null => {
    const names = (rateNames[path] ?? []).map((name) => `filter_fn.${name}`)
    if (names.length > 0) {
      const rows = names.flatMap((name) => {
        const rates = params[name] ?? buffers[name]
        return rates === undefined ? [] : [build.reshape(rates, [1, shape[1] ?? 1])]
      })
      const table = build.concat(rows, 0)
      // Theirs are negative and used by absolute value; our constant rates are used as they are.
      return names.some((name) => name in params) ? table : build.neg(table)
    }
    if (path === 'filter.network.frequency') {
      const freq = params['filter_fn.implicit_filter.1.freq'] ?? params['filter_fn.Yimplicit_filter.1.freq']
      return freq === undefined ? null : build.reshape(freq, shape)
    }
    return byRules(rules, params)(path, shape)
  }
