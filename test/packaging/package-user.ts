/** What a user of the installed package sees in the editor; checked against its declarations by scripts/check-package.mjs. */
import { pipe } from 'fp-ts/lib/function.js'
import { fromArray, matmul } from 'crocuta'
import type { Tensor } from 'crocuta'
import { linear } from 'crocuta/nn'
import * as train from 'crocuta/train'
import * as io from 'crocuta/io'
import * as node from 'crocuta/io/node'
import { makeVit } from 'crocuta/models/vit'

const x = fromArray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])
export const y: Tensor<readonly [3, 1]> = pipe(x, matmul(fromArray(Float32Array.of(1, 2), [2, 1])))
// @ts-expect-error matmul: inner axes 2 and 3 differ
export const z = pipe(x, matmul(fromArray(Float32Array.of(1, 2, 3), [3, 1])))
export const used = [linear, train, io, node, makeVit]
