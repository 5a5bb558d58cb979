/** The model of the main job: small enough to learn MNIST on two processor cores in minutes. */
import { hyenaDefaults } from '../../models/mixer/index.js'
import type { VitConfig } from '../../models/vit/index.js'

/** 28 × 28 images in patches of 4: a 7 × 7 grid of tokens, mixed by 2-directional Hyena 2-D blocks. */
export const mnistConfig: Partial<VitConfig> = {
  height: 28,
  columns: 28,
  channels: 1,
  classes: 10,
  patch: 4,
  width: 48,
  depth: 2,
  mlpRatio: 2,
  mixer: { ...hyenaDefaults, filterWidth: 16 },
  // The paper's 0.02 suits its width of 192; so narrow a network would start almost at zero.
  init: 'xavier normal',
  // Minutes of training leave nothing to regularise.
  dropPath: 0,
}
