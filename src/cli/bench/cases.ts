/**
 * The cases, in the order in which they run. The first fifteen have the names, the sizes and the work of the peers'
 * scripts. GFLOP/s are given for matrix products alone, by the formula that the peers use: two operations a term.
 */
import type { MixerKind } from './models.js'
import { peerSizes } from './models.js'
import { blockGradients, networkForward, networkTraining } from './networks.js'
import {
  attentionGradients,
  attentionScores,
  elementwiseChain,
  geluOf,
  layerNormGradients,
  layerNormOf,
  longConvolution,
  longConvolutionGradients,
  matrixProduct,
  softmaxOf,
} from './operations.js'
import type { Work } from './work.js'

export interface BenchCase {
  readonly name: string
  /** 'run': one run of the loaded work. 'compile': everything up to that, from a process that has done nothing yet. */
  readonly measured: 'run' | 'compile'
  readonly work: () => Work
  /** Floating-point operations of one run. */
  readonly flops?: number
  /** Images of one run. */
  readonly images?: number
  /** Whether the planned memory is reported. */
  readonly memory?: boolean
  readonly note?: string
}

const CHAIN = 4 * 1024 * 1024

const run = (name: string, work: () => Work, about: Partial<BenchCase> = {}): BenchCase => ({
  name,
  measured: 'run',
  work,
  ...about,
})

const product = (name: string, rows: number, inner: number, columns: number): BenchCase =>
  run(name, () => matrixProduct(rows, inner, columns), { flops: 2 * rows * inner * columns })

const networks = (['vit', 'hyena'] as const).flatMap((name) => {
  const kind: MixerKind = name === 'vit' ? 'attention' : 'hyena'
  const about = { images: peerSizes.batch }
  return [
    run(`${name}_fwd`, () => networkForward(kind, peerSizes), about),
    run(`${name}_train`, () => networkTraining(kind, peerSizes), about),
  ]
})

/** One block, 128 channels in heads of 16 as the networks have them, on grids of N × N tokens. */
const blocks = (['hyena', 'attention'] as const).flatMap((kind) =>
  [8, 16, 32, 64, 128].map((side) =>
    run(`${kind}_block_${side}`, () => blockGradients(kind, side, 128, 8), {
      memory: true,
      note: `${side * side} tokens, batch 1, forward and backward`,
    }),
  ),
)

export const benchCases: readonly BenchCase[] = [
  product('matmul_256', 256, 256, 256),
  product('matmul_1024x192x768', 1024, 192, 768),
  run('attn_scores_24x256x64', () => attentionScores(24, 256, 64), { flops: 2 * 24 * 256 * 256 * 64 }),
  run('fftconv_fwd', () => longConvolution(8, 128, 16)),
  run('fftconv_fwdbwd', () => longConvolutionGradients(8, 128, 16), { note: 'gradients of x and h' }),
  run('attn_fwdbwd', () => attentionGradients(8, 4, 256, 32)),
  run('ew_chain10_4M', () => elementwiseChain(CHAIN)),
  run('gelu_4M', () => geluOf(CHAIN), { note: 'exact gelu' }),
  run('softmax_4096x256', () => softmaxOf(4096, 256)),
  run('layernorm_fwd', () => layerNormOf(4096, 192)),
  run('layernorm_fwdbwd', () => layerNormGradients(4096, 192)),
  ...networks,
  {
    name: 'compile_hyena_train',
    measured: 'compile',
    work: () => networkTraining('hyena', peerSizes),
    note: 'trace, gradient, compile, load; each in a new process',
  },
  ...blocks,
]
