/** Scalar expressions over four lanes in the plainest way: every lane by itself. */
import type { Place, VectorOf } from '../../../kernels/simd/expression.js'
import { f32, get, i32 } from '../../../kernels/simd/writer.js'
import type { Condition, Index, Scalar } from '../../../src/ir/scalar.js'

const indexText = (index: Index, place: Place, lane: number): string => {
  const moved = (text: string, kind: 'axis' | 'loop', number: number): string =>
    place.lane?.kind === kind && place.lane.number === number
      ? `(i32.add ${text} ${i32(Math.min(lane, place.width - 1))})`
      : text
  switch (index.kind) {
    case 'const':
      return i32(index.value)
    case 'axis':
      return moved(place.axes[index.axis] ?? '', 'axis', index.axis)
    case 'loop':
      return moved(place.loops[index.loop] ?? '', 'loop', index.loop)
    case 'sum':
      return index.terms.reduce(
        (text, [c, term]) => `(i32.add ${text} (i32.mul ${i32(c)} ${indexText(term, place, lane)}))`,
        i32(index.constant),
      )
    case 'quotient':
    case 'remainder': {
      // The indices of these tests are above −64 · divisor.
      const raised = `(i32.add ${indexText(index.index, place, lane)} ${i32(64 * index.divisor)})`
      return index.kind === 'remainder'
        ? `(i32.rem_s ${raised} ${i32(index.divisor)})`
        : `(i32.sub (i32.div_s ${raised} ${i32(index.divisor)}) (i32.const 64))`
    }
    case 'dynamic':
      throw new Error('no index from data here')
  }
}

const conditionText = (condition: Condition, place: Place, lane: number): string =>
  condition.reduce((text, { index, low, high }) => {
    const at = indexText(index, place, lane)
    return `(i32.and ${text} (i32.and (i32.ge_s ${at} ${i32(low)}) (i32.lt_s ${at} ${i32(high)})))`
  }, i32(1))

const laneText = (scalar: Scalar, place: Place, lane: number): string => {
  const of = (operand: Scalar): string => laneText(operand, place, lane)
  switch (scalar.kind) {
    case 'const':
      return f32(scalar.value)
    case 'accumulator':
      return `(f32x4.extract_lane ${lane} ${place.accumulator ?? ''})`
    case 'read': {
      const at = `(i32.shl ${indexText(scalar.index, place, lane)} (i32.const 2))`
      return `(f32.load (i32.add ${place.inputs[scalar.input] ?? ''} ${at}))`
    }
    case 'index':
      return `(f32.convert_i32_s ${indexText(scalar.index, place, lane)})`
    case 'unary':
      return `(f32.${scalar.fn} ${of(scalar.x)})`
    case 'binary':
      return `(f32.${scalar.fn} ${of(scalar.x)} ${of(scalar.y)})`
    case 'select':
      throw new Error('no selection here')
    case 'guard': {
      const condition = conditionText(scalar.condition, place, lane)
      return `(if (result f32) ${condition} (then ${of(scalar.x)}) (else ${of(scalar.y)}))`
    }
  }
}

export const plainVector: VectorOf = (w, scalar, place) => {
  const value = w.local('v128', 'plain')
  w.line(`(local.set ${value} (v128.const i32x4 0 0 0 0))`)
  for (let lane = 0; lane < 4; lane += 1)
    w.line(`(local.set ${value} (f32x4.replace_lane ${lane} ${get(value)} ${laneText(scalar, place, lane)}))`)
  return get(value)
}
