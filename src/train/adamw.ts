/**
 * AdamW (Loshchilov and Hutter, «Decoupled weight decay regularization», 2019): Adam with bias correction,
 * its weight decay applied to the parameter and not through the gradient. Pure: states in, states out.
 */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { mapTensors, tensorPaths, tensorsOf, withTensors } from '../ir/tensor-tree.js'
import type { ParameterSpec, ParameterTree } from '../nn/parameter.js'
import { isParameter } from '../nn/parameter.js'
import { build } from '../op/index.js'
import { filled } from '../op/leaf/constant.js'
import { flatten } from '../tree/tree.js'

export interface AdamwOptions {
  /** Decay rates of the two moments; 0.9 and 0.999 if left out. */
  readonly betas?: readonly [first: number, second: number]
  /** Added to the root of the second moment; 1e-8 if left out. */
  readonly epsilon?: number
  /** Decay a step is rate · weightDecay · parameter; 0.05 if left out. Parameters marked decay: false have none. */
  readonly weightDecay?: number
}

/** Running means of gradients and of their squares, trees like the parameters, and the number of steps taken. */
export interface AdamwState<P> {
  readonly first: P
  readonly second: P
  readonly count: Tensor<readonly [], 'f32'>
}

export interface Adamw {
  /** The state before the first step. */
  readonly init: <P>(params: P) => AdamwState<P>
  /** One step at a learning rate. Parameters that are not trainable stay as they are. */
  readonly update: <P>(
    specs: ParameterTree,
    params: P,
    gradient: P,
    state: AdamwState<P>,
    rate: Tensor<readonly [], 'f32'>,
  ) => { readonly params: P; readonly state: AdamwState<P> }
}

const zerosLike = <P>(params: P): P => mapTensors(params, (leaf) => filled(0, leaf.shape))

/** The parameter group of each path: trained or not, decayed or not, rate factor. */
const groupsOf = (specs: ParameterTree): ReadonlyMap<string, ParameterSpec> =>
  new Map(flatten(isParameter, specs).map(({ path, leaf }) => [path, leaf]))

interface Moved {
  readonly parameter: Tensor
  readonly first: Tensor
  readonly second: Tensor
}

const refuseUnless = (
  option: string,
  value: number,
  allowed: boolean,
  expected: string,
  hint: string,
): void => {
  if (!allowed) fail(optionError({ where: `adamw: ${option}`, expected, found: `${value}`, hint }))
}

const checkOptions = ({ betas, epsilon, weightDecay }: Required<AdamwOptions>): void => {
  for (const beta of betas)
    refuseUnless('betas', beta, beta >= 0 && beta < 1, 'a rate from 0 to below 1', '0.9 and 0.999 are common')
  refuseUnless(
    'epsilon',
    epsilon,
    epsilon > 0 && epsilon < Infinity,
    'a positive number',
    'it keeps a zero gradient from dividing by 0',
  )
  refuseUnless(
    'weightDecay',
    weightDecay,
    weightDecay >= 0 && weightDecay < Infinity,
    'a finite number of at least 0',
    '0 is no decay',
  )
}

/** The optimiser of some options. An option out of range is an OptionError. */
export const adamw = ({
  betas = [0.9, 0.999],
  epsilon = 1e-8,
  weightDecay = 0.05,
}: AdamwOptions = {}): Adamw => {
  checkOptions({ betas, epsilon, weightDecay })
  const [beta1, beta2] = betas
  const b = build
  const scale = (x: Tensor, by: number): Tensor => b.mul(x, b.constant(by))
  /** 1 − beta^count: what a mean started at zero still lacks. */
  const correction = (beta: number, count: Tensor): Tensor =>
    b.sub(b.constant(1), b.exp(scale(count, Math.log(beta))))

  const move = (
    spec: ParameterSpec | undefined,
    x: Tensor,
    g: Tensor,
    m: Tensor,
    v: Tensor,
    count: Tensor,
    rate: Tensor,
  ): Moved => {
    if (spec?.trainable === false) return { parameter: x, first: m, second: v }
    const first = b.add(scale(m, beta1), scale(g, 1 - beta1))
    const second = b.add(scale(v, beta2), scale(b.mul(g, g), 1 - beta2))
    const root = b.sqrt(b.div(second, correction(beta2, count)))
    const direction = b.div(b.div(first, correction(beta1, count)), b.add(root, b.constant(epsilon)))
    const decayed =
      spec?.decay === false || weightDecay === 0 ? direction : b.add(direction, scale(x, weightDecay))
    return { parameter: b.sub(x, b.mul(scale(rate, spec?.rate ?? 1), decayed)), first, second }
  }

  return {
    init: (params) => ({ first: zerosLike(params), second: zerosLike(params), count: filled(0, []) }),
    update: (specs, params, gradient, state, rate) => {
      const groups = groupsOf(specs)
      const count = b.add(state.count, b.constant(1)) as Tensor<readonly [], 'f32'>
      const [gradients, firsts, seconds] = [
        tensorsOf(gradient),
        tensorsOf(state.first),
        tensorsOf(state.second),
      ]
      const moved = tensorPaths(params).map(({ path, leaf }, i) =>
        move(
          groups.get(path),
          leaf,
          gradients[i] ?? leaf,
          firsts[i] ?? leaf,
          seconds[i] ?? leaf,
          count,
          rate,
        ),
      )
      return {
        params: withTensors(
          params,
          moved.map(({ parameter }) => parameter),
        ),
        state: {
          first: withTensors(
            params,
            moved.map(({ first }) => first),
          ),
          second: withTensors(
            params,
            moved.map(({ second }) => second),
          ),
          count,
        },
      }
    },
  }
}
