/** Which elements of an axis an element of the resized axis is made of, and with which weights. */

export type InterpolationMethod = 'nearest' | 'linear' | 'cubic'

/** An element of the axis and its weight. */
export interface WeightedTap {
  readonly index: number
  readonly weight: number
}

export interface Resize {
  readonly from: number
  readonly to: number
  readonly method: InterpolationMethod
  /** Whether the centres of the corner elements coincide, rather than the corners of the corner elements. */
  readonly alignCorners: boolean
}

/** The constant of the cubic kernel: −0.75 in PyTorch and OpenCV. */
const A = -0.75

/** The cubic convolution kernel (Keys, 1981) at a distance. */
const cubicWeight = (distance: number): number => {
  const d = Math.abs(distance)
  if (d <= 1) return ((A + 2) * d - (A + 3)) * d * d + 1
  return d < 2 ? A * (((d - 5) * d + 8) * d - 4) : 0
}

/** Where an element of the resized axis lies, counted in elements of the axis. */
const sourceOf = ({ from, to, alignCorners }: Resize, i: number): number => {
  if (alignCorners) return to === 1 ? 0 : (i * (from - 1)) / (to - 1)
  return ((2 * i + 1) * from) / (2 * to) - 0.5
}

/** The elements that element `i` of the resized axis is made of; beyond an end the last element is repeated. */
export const tapsOf = (resize: Resize, i: number): readonly WeightedTap[] => {
  const { from, to, method } = resize
  const inside = (index: number): number => Math.min(Math.max(index, 0), from - 1)
  if (method === 'nearest') return [{ index: inside(Math.floor((i * from) / to)), weight: 1 }]
  const source = sourceOf(resize, i)
  const low = Math.floor(source)
  const part = source - low
  if (method === 'linear')
    return [
      { index: inside(low), weight: 1 - part },
      { index: inside(low + 1), weight: part },
    ]
  return [-1, 0, 1, 2].map((step) => ({ index: inside(low + step), weight: cubicWeight(part - step) }))
}
