import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { CcnnConfig } from '../../../models/ccnn/index.js'
import { ccnn, makeCcnn, paperConfig } from '../../../models/ccnn/index.js'
import { renderError } from '../../../src/error/error.js'
import { countParameters } from '../../../src/nn/count.js'
import { printType } from '../../../src/shape/dim.js'
import { descend } from '../../support/descent.js'

const tiny: CcnnConfig = {
  ...paperConfig,
  height: 5,
  columns: 4,
  channels: 2,
  classes: 3,
  width: 4,
  blocks: 1,
  taps: 5,
  sigma: 0.3,
  hidden: 4,
  layers: 1,
  frequency: 2,
  dropout: 0,
}

const errorOf = (options: unknown): string => {
  const result = makeCcnn(options)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

describe('CCNN', () => {
  it('has the parameters of CCNN 6,380, and logits of the classes', () => {
    const model = ccnn(paperConfig)
    expect(countParameters(model)).toBe(2033656)
    expect(printType(model.output)).toBe('f32[batch, 100]')
  })

  it('learns the middle of each mask where asked: two numbers a convolution', () => {
    const more = countParameters(ccnn({ ...tiny, learnMean: true })) - countParameters(ccnn(tiny))
    expect(more).toBe(2 * (1 + tiny.blocks))
  })

  it.each([{}, { threshold: null }, { sigma: 0.2, room: 3 }])(
    'learns: the loss of a batch falls (%j)',
    (options) => {
      const losses = descend(ccnn({ ...tiny, ...options }), { batch: 6, steps: 10, rate: 0.1 })
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.005)
    },
  )

  it.each([
    [{ taps: 4 }, 'ccnn: taps'],
    [{ sigma: 0 }, 'ccnn: sigma'],
    [{ threshold: 1 }, 'ccnn: threshold'],
    [{ room: 4 }, 'ccnn: room'],
    [{ room: 33 }, 'ccnn: room'],
    [{ room: 5, threshold: null }, 'ccnn: room'],
    [{ room: 3 }, 'crop.room'],
    [{ dropout: 1 }, 'ccnn: dropout'],
    [{ frequency: -1 }, 'ccnn: frequency'],
    [{ hidden: 0 }, 'ccnn: hidden'],
    [{ width: '380' }, 'ccnn: width'],
    [{ kernel: 31 }, 'ccnn: kernel'],
  ])('%j is refused by name', (options, where) => {
    expect(errorOf(options)).toContain(where)
  })
})
