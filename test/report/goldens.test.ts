import { describe, expect, it } from 'vitest'
import { failedLine, resultLine } from '../../src/cli/goldens/line.js'
import type { GoldenResult } from '../../src/cli/goldens/run-golden.js'
import { dataError } from '../../src/error/error.js'
import { goldenHead, goldenJson, goldenRow } from '../../src/report/goldens.js'

describe('the line of a file', () => {
  const result: GoldenResult = {
    name: 'scaled_1',
    family: 'scaled',
    tolerances: { outputs: 1e-5, gradients: 1e-4 },
    comparisons: [
      { name: 'y', error: 1e-7, tolerance: 1e-5 },
      { name: 'grad/x', error: 2e-6, tolerance: 1e-4 },
      { name: 'grad/w', error: 3e-6, tolerance: 1e-4 },
    ],
    missing: [],
    excused: { phase: 'it is free' },
  }

  it('names family, worst errors, where they are, tolerance and verdict', () => {
    const row = goldenRow(resultLine('simd', result))
    expect(row.split('\n').length).toBe(2)
    expect(row).toContain(
      'ok       outputs 1.0e-7 of 1.0e-5 at y; gradients 3.0e-6 of 1.0e-4 at w  (phase not compared: it is free)',
    )
    expect(goldenHead('simd').split('\n')[0]).toBe('device  simd')
  })

  it('says what failed', () => {
    const broken = {
      ...result,
      comparisons: [{ name: 'y', error: Infinity, tolerance: 1e-5 }],
      missing: ['k'],
    }
    const row = goldenRow(resultLine('simd', broken))
    expect(row).toMatch(/FAILED {3}outputs Infinity of 1.0e-5 at y; gradients none {2}\(not computed: k; /)
    const error = dataError({ where: 'w', expected: 'e', found: 'f', hint: 'h' })
    expect(goldenRow(failedLine('a/b.safetensors', 'simd', error))).toMatch(
      /^b +- +FAILED +DataError in w: expected e, found f; h\n$/,
    )
  })

  it('is JSON with every error, null for one that is infinite', () => {
    const line: unknown = JSON.parse(
      goldenJson(
        resultLine('cpu', {
          ...result,
          comparisons: [...result.comparisons, { name: 'k', error: Infinity, tolerance: 1e-5 }],
        }),
      ),
    )
    expect(line).toEqual({
      name: 'scaled_1',
      family: 'scaled',
      ok: false,
      device: 'cpu',
      tolerance: { outputs: 1e-5, gradients: 1e-4 },
      outputs: { y: { error: 1e-7, tolerance: 1e-5 }, k: { error: null, tolerance: 1e-5 } },
      gradients: {
        'grad/x': { error: 2e-6, tolerance: 1e-4 },
        'grad/w': { error: 3e-6, tolerance: 1e-4 },
      },
      missing: [],
      excused: { phase: 'it is free' },
    })
  })
})
