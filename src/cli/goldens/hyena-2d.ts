import { attempt } from '../../error/error.js'
import type { GoldenFamily } from './family.js'
import { releasedHyena } from './hyena-config.js'
import { hyenaProgram } from './hyena-program.js'

/** The released Hyena 2-D layer (Itamarzimm/HyenaND) in all its modes: x [batch, rows, columns, channels]. */
export const hyena2dFamily: GoldenFamily = {
  name: 'hyena2d',
  recognises: ({ name, tensors }) => name.startsWith('hyena2d') && 'param/in_proj.weight' in tensors,
  read: (golden) => attempt(() => hyenaProgram(golden, releasedHyena(golden, 2))),
}
