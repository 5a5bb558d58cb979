/**
 * The released Swin: files of its numbers (without shifted patches or local attention by the authors' code, the others
 * by a float64 program written after it that reproduces that one), and every configuration that a file can state.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { decodeGolden } from '../../../src/cli/goldens/decode-golden.js'
import type { Golden, NamedTensors } from '../../../src/cli/goldens/family.js'
import { familyOf, passes, runGolden } from '../../../src/cli/goldens/run-golden.js'
import { swinFamily } from '../../../src/cli/goldens/swin.js'
import { orFail } from '../../../src/error/error.js'
import { toGraph } from '../../../src/ir/graph.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { referenceDevice } from '../../../src/run/reference-device.js'
import type { SwinCase } from '../../support/swin-shapes.js'
import { swinFile } from '../../support/swin-shapes.js'

const folder = fileURLToPath(new URL('../../golden/', import.meta.url))
const files = readdirSync(folder).filter((file) => /^swin_.*\.safetensors$/.test(file))

describe('files of the released Swin', () => {
  it('are there with every choice of shifted patches and local attention', () => {
    expect(files.map((file) => file.slice(5, 14)).sort()).toEqual(
      expect.arrayContaining(['spt0_lsa0', 'spt0_lsa1', 'spt1_lsa0', 'spt1_lsa1']),
    )
  })

  it.each(files)('%s: logits and every gradient', async (file) => {
    const golden = pipe(readFileSync(`${folder}${file}`), decodeGolden(file), orFail)
    const result = orFail(await runGolden(referenceDevice, golden)())
    expect(result.comparisons.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([])
    expect(passes(result)).toBe(true)
    const asked = Object.keys(golden.tensors).filter((tensor) => /^(y$|grad\/)/.test(tensor))
    expect(result.comparisons).toHaveLength(asked.length)
  })
})

/** What a file computes, from inputs by the file's names. */
const computed = (golden: Golden): NamedTensors => {
  const program = orFail(swinFamily.read(golden))
  if (program.kind !== 'program') throw new TypeError('a program')
  const below = Object.fromEntries(
    Object.entries(golden.tensors).flatMap(([name, { shape }]) =>
      name.startsWith('param/') ? [[name.slice(6), inputTensor(name, shape, 'f32')]] : [],
    ),
  )
  const x = inputTensor('x', golden.tensors['x']?.shape ?? [], 'f32')
  return program.compute({ x, params: below, buffers: {} })
}

/** Parameters of the file that its y does not depend on. */
const unused = (golden: Golden, y: NamedTensors[string] | undefined): readonly string[] => {
  const { nodes } = toGraph(y === undefined ? [] : [{ name: 'y', tensor: y }])
  const used = new Set(nodes.flatMap(({ op, attrs }) => (op === 'input' ? [attrs['name']] : [])))
  return Object.keys(golden.tensors).filter((name) => name.startsWith('param/') && !used.has(name))
}

const plain: SwinCase = {
  image: 16,
  patch: 2,
  dim: 4,
  depths: [1, 2],
  heads: [2, 4],
  window: 4,
  ratio: 2,
  spt: false,
  lsa: false,
}

const stated: fc.Arbitrary<SwinCase> = fc
  .record({
    stages: fc.integer({ min: 1, max: 3 }),
    depth: fc.integer({ min: 1, max: 2 }),
    patch: fc.integer({ min: 2, max: 3 }),
    window: fc.integer({ min: 2, max: 5 }),
    /** Windows of the last stage along an axis; with 0 it is half a window. */
    last: fc.integer({ min: 0, max: 2 }),
    heads: fc.integer({ min: 1, max: 2 }),
    ratio: fc.constantFrom(1.5, 2, 3.3),
    spt: fc.boolean(),
    lsa: fc.boolean(),
  })
  .map(({ stages, depth, patch, window, last, heads, ratio, spt, lsa }) => ({
    image: patch * 2 ** (stages - 1) * (last === 0 ? Math.min(window, 2) : last * window),
    patch,
    dim: 2 * heads,
    depths: Array.from({ length: stages }, (_, stage) => (stage === 0 ? depth : 1)),
    heads: Array.from({ length: stages }, (_, stage) => heads * (stage === 1 ? 2 : 1)),
    window,
    ratio,
    spt,
    lsa,
  }))
  // With half a window last, whole windows must still fill the stages before.
  .filter(({ image, patch, depths, window }) =>
    depths.every((_, stage) => {
      const map = image / patch / 2 ** stage
      return map % Math.min(map, window) === 0
    }),
  )

describe('every configuration that a file can state', () => {
  it('is computed from all of its parameters', () => {
    fc.assert(
      fc.property(stated, (given) => {
        const golden = swinFile(given)
        expect(orFail(familyOf(golden)).name).toBe('swin')
        const { y } = computed(golden)
        expect(y?.shape).toEqual(golden.tensors['y']?.shape)
        expect(unused(golden, y)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  const changed = (metadata: Readonly<Record<string, string>>): string => {
    const golden = swinFile(plain)
    const program = swinFamily.read({ ...golden, metadata: { ...golden.metadata, ...metadata } })
    return E.isLeft(program) ? `${program.left.where}: ${program.left.expected}` : 'read'
  }

  it.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ depths: '2,x' }, 'swin_case: metadata depths: whole numbers between commas'],
    [{ depths: '' }, 'swin_case: metadata depths'],
    [{ heads: '2' }, 'swin: heads: as many'],
    [{ heads: '3,4' }, 'swin: heads: numbers that divide'],
    [{ window: '3' }, 'swin: part: a side that divides'],
    [{ patch: '3' }, 'swin: patch: a side that divides'],
    [{ spt: 'yes' }, 'swin_case: metadata spt: True or False'],
    [{ lsa: '1' }, 'swin_case: metadata lsa: True or False'],
    [{ classes: '0' }, 'swin_case: metadata classes: a positive number'],
    [{ lsa: 'True', depths: '1,1,1,1', heads: '1,1,1,1' }, 'swin: mixer.toItself: true where a part is'],
  ])('is refused where it is none: %j', (metadata, message) => {
    expect(changed(metadata)).toContain(message)
  })

  it('is refused where its weights are of another', () => {
    const golden = swinFile({ ...plain, lsa: true })
    const read = swinFamily.read({ ...golden, metadata: { ...golden.metadata, lsa: 'False' } })
    expect(read).toMatchObject({ left: { where: 'swin_case: param/layers.0.blocks.0.attn.scale' } })
  })

  it('is refused where metadata is missing', () => {
    const { metadata, ...golden } = swinFile(plain)
    const { window: _, ...rest } = metadata
    expect(swinFamily.read({ ...golden, metadata: rest })).toMatchObject({
      left: { where: 'swin_case', expected: 'metadata window' },
    })
  })
})
