/** Every model by its kind, which is its folder: how recipes name them. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../src/error/error.js'
import { optionError } from '../src/error/error.js'
import type { Tensor } from '../src/ir/tensor.js'
import type { Model } from '../src/nn/model.js'
import { makeCcnn } from './ccnn/index.js'
import { makeResnet } from './resnet/index.js'
import { makeSwin } from './swin/index.js'
import { makeVit } from './vit/index.js'

type Images = Tensor<readonly ['batch', number, number, number], 'f32'>
type Logits = Tensor<readonly ['batch', number], 'f32'>

/** A classifier: images [batch, rows, columns, channels] to logits [batch, classes]. */
export type Classifier = Model<unknown, unknown, Images, Logits>

/** Makes a classifier of partial options, or says which option is at fault. */
export type MakeClassifier = (options: unknown) => E.Either<TensorError, Classifier>

export const classifiers: Readonly<Record<string, MakeClassifier>> = {
  ccnn: makeCcnn,
  resnet: makeResnet,
  swin: makeSwin,
  vit: makeVit,
}

/** The classifier of a recipe's `model`: a kind, and options of that kind. */
export const makeClassifier = (model: { readonly kind: string }): E.Either<TensorError, Classifier> => {
  const make = Object.hasOwn(classifiers, model.kind) ? classifiers[model.kind] : undefined
  return make === undefined
    ? E.left(
        optionError({
          where: 'model: kind',
          expected: `one of ${Object.keys(classifiers).join(', ')}`,
          found: `'${model.kind}'`,
          hint: 'the kind of a model is its folder in models/',
        }),
      )
    : make(model)
}
