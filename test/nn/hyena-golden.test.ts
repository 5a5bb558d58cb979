import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/run/reference.js'
import { goldenProgram, gradientCount, relativeError } from '../support/golden-hyena.js'
import { hyenaGoldens, readHyenaGolden } from '../support/hyena-golden-files.js'

describe('the released Hyena layers', () => {
  it.each(hyenaGoldens)('%s: output and every gradient', (name) => {
    const file = readHyenaGolden(name)
    const { bindings, results } = goldenProgram(file)
    const values = evaluate(
      results.map(({ tensor }) => tensor),
      bindings,
    )
    const far = results.flatMap(({ name: result, expected, tolerance }, i) => {
      const error = relativeError(values[i]?.data ?? [], expected.data)
      return error <= tolerance ? [] : [`${result}: ${error}`]
    })
    expect(far).toEqual([])
    // Rates of two axes are one of our tensors and two of theirs.
    const joined = Number(file.metadata['window'] === 'learn')
    expect(results.length - 1 + joined).toBe(gradientCount(file))
  })
})
