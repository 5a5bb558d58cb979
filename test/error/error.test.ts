import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  TraceFailure,
  attempt,
  budgetError,
  dataError,
  deviceError,
  fail,
  optionError,
  orFail,
  renderError,
  shapeError,
  valueError,
} from '../../src/error/error.js'

const detail = {
  where: 'matmul',
  expected: 'equal inner axes',
  found: '16 and 17',
  hint: 'transpose one operand',
}

describe('errors', () => {
  const constructors = {
    ShapeError: shapeError,
    ValueError: valueError,
    DataError: dataError,
    DeviceError: deviceError,
    OptionError: optionError,
    BudgetError: budgetError,
  }
  it.each(Object.entries(constructors))('%s is read as two lines, the second a hint', (tag, make) => {
    expect(make(detail)).toEqual({ _tag: tag, ...detail })
    expect(renderError(make(detail))).toBe(
      `${tag} in matmul: expected equal inner axes, found 16 and 17.\n  hint: transpose one operand`,
    )
  })

  it('leave a trace as a failure that carries the error and reads the same', () => {
    const error = shapeError(detail)
    expect(() => fail(error)).toThrow(new TraceFailure(error))
    const failure = new TraceFailure(error)
    expect([failure.name, failure.message, failure.error]).toEqual([
      'TraceFailure',
      renderError(error),
      error,
    ])
    expect(failure).toBeInstanceOf(Error)
  })

  it('become a Left at the edge of a trace; values become a Right', () => {
    const error = shapeError(detail)
    expect(attempt(() => fail(error))).toEqual(E.left(error))
    expect(attempt(() => orFail(E.left(error)))).toEqual(E.left(error))
    expect(attempt(() => orFail(E.right(7)))).toEqual(E.right(7))
  })

  it('are not made of what else may be thrown: a defect stays a defect', () => {
    const defect = (): never => {
      throw new RangeError('a defect')
    }
    expect(() => attempt(defect)).toThrow(new RangeError('a defect'))
  })
})
