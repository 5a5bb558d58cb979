/** Every family of golden files. */
import { ccnnFamily } from './ccnn.js'
import { deitFamily } from './deit.js'
import type { GoldenFamily } from './family.js'
import { hippoFamily } from './hippo.js'
import { hyena1dFamily } from './hyena-1d.js'
import { hyena2dFamily } from './hyena-2d.js'
import { resnetFamily } from './resnet.js'
import { s4ndFamily } from './s4nd.js'
import { ssm2dFamily } from './ssm-2d.js'
import { swinFamily } from './swin.js'
import { vitFamily } from './vit.js'
import { vitcFamily } from './vitc.js'

/** A file is of exactly one of these. */
export const goldenFamilies: readonly GoldenFamily[] = [
  hyena1dFamily,
  hyena2dFamily,
  vitFamily,
  deitFamily,
  swinFamily,
  resnetFamily,
  ccnnFamily,
  vitcFamily,
  s4ndFamily,
  hippoFamily,
  ssm2dFamily,
]
