import { attempt } from '../../error/error.js'
import type { GoldenFamily } from './family.js'
import { releasedHyena } from './hyena-config.js'
import { hyenaProgram } from './hyena-program.js'

/** The released Hyena 1-D layer (Itamarzimm/HyenaND): x [batch, places, channels]. */
export const hyena1dFamily: GoldenFamily = {
  name: 'hyena1d',
  recognises: ({ name, tensors }) => name.startsWith('hyena1d') && 'param/in_proj.weight' in tensors,
  read: (golden) => attempt(() => hyenaProgram(golden, releasedHyena(golden, 1))),
}
