/**
 * The released vision transformers: files of their numbers (vit_spt0_lsa0, deit_attention_cls, deit_hyena2d_seq and
 * deit_onebyone_seq by the authors' code, the others by float64 programs written after it that reproduce these), and
 * every configuration that a file can state.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { decodeGolden } from '../../../src/cli/goldens/decode-golden.js'
import { deitFamily } from '../../../src/cli/goldens/deit.js'
import type { Golden, GoldenFamily, NamedTensors } from '../../../src/cli/goldens/family.js'
import { passes, runGolden } from '../../../src/cli/goldens/run-golden.js'
import { vitFamily } from '../../../src/cli/goldens/vit.js'
import { orFail } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { toGraph } from '../../../src/ir/graph.js'
import { referenceDevice } from '../../../src/run/reference-device.js'
import { deitFile, vitFile } from '../../support/released-shapes.js'
import type { DeitCase } from '../../support/released-shapes.js'

const folder = fileURLToPath(new URL('../../golden/', import.meta.url))
const files = readdirSync(folder).filter((file) => /^(vit|deit)_.*\.safetensors$/.test(file))

describe('files of the released vision transformers', () => {
  it.each(files)('%s: logits, tokens and every gradient', async (file) => {
    const golden = pipe(readFileSync(`${folder}${file}`), decodeGolden(file), orFail)
    const result = orFail(await runGolden(referenceDevice, golden)())
    expect(result.comparisons.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([])
    expect(passes(result)).toBe(true)
    const gradients = Object.keys(golden.tensors).filter((name) => name.startsWith('grad/'))
    expect(result.comparisons.filter(({ name }) => name.startsWith('grad/'))).toHaveLength(gradients.length)
  })
})

/** What a file computes, from inputs by the file's names. */
const computed = (family: GoldenFamily, golden: Golden): NamedTensors => {
  const read = orFail(family.read(golden))
  if (read.kind !== 'program') throw new TypeError('a program')
  const below = (prefix: string): NamedTensors =>
    Object.fromEntries(
      Object.entries(golden.tensors).flatMap(([name, { shape }]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), inputTensor(name, shape, 'f32')]] : [],
      ),
    )
  const x = inputTensor('x', golden.tensors['x']?.shape ?? [], 'f32')
  return read.compute({ x, params: below('param/'), buffers: below('buffer/') })
}

/** Parameters of the file that its y does not depend on. */
const unused = (golden: Golden, y: NamedTensors[string] | undefined): readonly string[] => {
  const { nodes } = toGraph(y === undefined ? [] : [{ name: 'y', tensor: y }])
  const used = new Set(nodes.flatMap(({ op, attrs }) => (op === 'input' ? [attrs['name']] : [])))
  return Object.keys(golden.tensors).filter((name) => name.startsWith('param/') && !used.has(name))
}

const plain: DeitCase = {
  method: 'attention',
  classToken: false,
  order: 2,
  implicit: true,
  sqrtDecay: false,
  mode: 'standard',
  free: false,
  window: 'standard',
}

const twoAxes: fc.Arbitrary<DeitCase> = fc
  .record({
    method: fc.constantFrom('hyena2d', 'hyena2dattn', 'attnhyena2d', 'onebyone'),
    classToken: fc.constant(false),
    order: fc.integer({ min: 2, max: 4 }),
    implicit: fc.boolean(),
    sqrtDecay: fc.boolean(),
    mode: fc.constantFrom('standard', 'seq', '4dir', '4dirp', 'parallel'),
    free: fc.boolean(),
    window: fc.constantFrom('standard', 'learn', 'symettric', 'no'),
  })
  // The released product filter has no symmetric window.
  .filter(({ implicit, free, window }) => implicit || free || window !== 'symettric')

const others: fc.Arbitrary<DeitCase> = fc
  .oneof(
    fc.record({ method: fc.constantFrom('attention', 'attentionec'), classToken: fc.boolean() }),
    fc.record({ method: fc.constant('hyena'), order: fc.integer({ min: 2, max: 3 }) }),
  )
  .map((given) => ({ ...plain, ...given }))

describe('every configuration that a DeiT file can state', () => {
  it('is computed from all of its parameters', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: twoAxes }, others), (given) => {
        const golden = deitFile(given)
        expect(deitFamily.recognises(golden)).toBe(true)
        expect(vitFamily.recognises(golden)).toBe(false)
        const { y, tokens } = computed(deitFamily, golden)
        expect(y?.shape).toEqual(golden.tensors['y']?.shape)
        expect(tokens?.shape).toEqual(golden.tensors['tokens']?.shape)
        // The released stem leaves a patch embedding unused.
        const idle = given.method === 'attentionec' ? ['weight', 'bias'] : []
        expect(unused(golden, y)).toEqual(idle.map((name) => `param/patch_embed.proj.${name}`))
      }),
      { numRuns: 60 },
    )
  })

  const changed = (given: DeitCase, metadata: Readonly<Record<string, string>>): string => {
    const golden = deitFile(given)
    const read = deitFamily.read({ ...golden, metadata: { ...golden.metadata, ...metadata } })
    return E.isLeft(read) ? `${read.left.where}: ${read.left.expected}` : 'read'
  }

  it.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ method: 'mamba' }, 'deit_case: metadata method: one of attention, '],
    [
      { method: 'hyena2d', directional_mode: '8dir' },
      'deit_case: metadata directional_mode: one of standard',
    ],
    [{ method: 'hyena2d', window_mode: 'round' }, 'deit_case: metadata window_mode: one of'],
    [
      { method: 'hyena2d', hyena2d_filter: 'False', window_mode: 'symettric' },
      'deit_case: metadata window_mode: one of standard, learn, no',
    ],
    [{ method: 'hyena', use_cls_token: 'True' }, 'vit: classToken: false with a mixer'],
    [{ use_cls_token: 'yes' }, 'deit_case: metadata use_cls_token: True or False'],
    [{ dim: '-6' }, 'deit_case: metadata dim: a positive number'],
    [{ heads: '4' }, 'vit: mixer.heads: a number that divides'],
    [{ patch_size: '7' }, 'vit: patch: a side that divides'],
    [{ readout: 'last' }, 'deit_case: metadata readout: one of token 0'],
    [{ depth: '4' }, 'deit_case: metadata depth: 3, as there are blocks'],
    [{ mixers: 'attention,attention,hyena' }, 'deit_case: mixers attention,attention,attention'],
  ])('is refused where it is none: %j', (metadata, message) => {
    expect(changed(plain, metadata)).toContain(message)
  })

  it('says which block has which mixer, as the file may', () => {
    const mixed: DeitCase = { ...plain, method: 'hyena2dattn', mode: 'seq' }
    expect(changed(mixed, { mixers: 'hyena2d:seq,hyena2d:standard,attention' })).toBe('read')
    expect(changed({ ...plain, method: 'hyena' }, { mixers: 'hyena,hyena,hyena' })).toBe('read')
    const stem: DeitCase = { ...plain, method: 'attentionec' }
    expect(changed(stem, { mixers: 'attentionec,attentionec' })).toBe('read')
    expect(changed(stem, { mixers: 'attention,attention', depth: '2' })).toBe('read')
  })

  it('is refused where metadata is missing', () => {
    const { metadata, ...golden } = deitFile(plain)
    const { heads: _, ...rest } = metadata
    expect(deitFamily.read({ ...golden, metadata: rest })).toMatchObject({
      left: { where: 'deit_case', expected: 'metadata heads' },
    })
  })
})

describe('every configuration that a file of the small ViT can state', () => {
  it('is computed from all of its parameters', () => {
    const given = fc.record({
      heads: fc.integer({ min: 1, max: 3 }),
      headWidth: fc.constantFrom(2, 5, 6),
      spt: fc.boolean(),
      lsa: fc.boolean(),
    })
    fc.assert(
      fc.property(given, (stated) => {
        const golden = vitFile(stated)
        expect(vitFamily.recognises(golden)).toBe(true)
        expect(deitFamily.recognises(golden)).toBe(false)
        const { y } = computed(vitFamily, golden)
        expect(y?.shape).toEqual(golden.tensors['y']?.shape)
        expect(unused(golden, y)).toEqual([])
      }),
      { numRuns: 20 },
    )
  })

  it.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ lsa: 'False' }, 'vit_case: param/transformer.layers.0.0.fn.scale'],
    [{ depth: '1' }, 'vit_case: param/transformer.layers.1.'],
    [{ spt: '1' }, 'vit_case'],
  ])('is refused where its weights are of another: %j', (metadata, where) => {
    const golden = vitFile({ heads: 2, headWidth: 2, spt: true, lsa: true })
    const read = vitFamily.read({ ...golden, metadata: { ...golden.metadata, ...metadata } })
    expect(E.isLeft(read) ? read.left.where : 'read').toContain(where)
  })
})
