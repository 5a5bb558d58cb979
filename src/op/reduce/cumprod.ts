import { cumulative, cumulativeCombinator, PRODUCT } from './cumulative.js'

export const cumprodOp = cumulative('cumprod', PRODUCT, {
  doc:
    'The product of all elements up to each along an axis; without itself where `exclusive`, from the end where ' +
    '`reverse`. Its derivatives are those of its products and divide by nothing: zeros are right.',
  vjp: 'expand',
  jvp: 'expand',
  laws: [],
})

/**
 * The product of all elements up to each along `axis`, which may count from the end: `pipe(x, cumprod(-1))`.
 * @throws TraceFailure with a ShapeError where x has no such axis, or where a derivative meets a named one.
 */
export const cumprod = cumulativeCombinator(cumprodOp)
