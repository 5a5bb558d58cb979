/** Dimensions, shapes and dtypes: what a tensor's type is made of. */

/** A size: a literal (`192`), a name (`'batch'`, bound when compiled), or `number` (checked at run time). */
export type Dim = number | string

/** Sizes of the axes, outermost first. */
export type Shape = readonly Dim[]

/** `i24` is an integer that float32 holds exactly: labels, indices, words of keys. Only `f32` has a gradient. */
export type DType = 'f32' | 'i24' | 'bool'

/** What is known of a tensor before it has a value. */
export type TensorType = {
  readonly shape: Shape
  readonly dtype: DType
}

/** Number of elements; a shape with a named axis has none yet. */
export const sizeOf = (shape: Shape): number =>
  shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : Number.NaN), 1)

/** The shape as plain numbers, or `null` if an axis is still a name. */
export const concreteShape = (shape: Shape): readonly number[] | null =>
  shape.every((dim): dim is number => typeof dim === 'number') ? shape : null

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i])

export const sameType = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape)

/** Row-major strides in elements. */
export const stridesOf = (shape: readonly number[]): readonly number[] => {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] ?? 1
  }
  return strides
}

/** `[2, batch, 3]` */
export const printShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** `f32[2, batch, 3]` */
export const printType = (type: TensorType): string => `${type.dtype}${printShape(type.shape)}`
