import { expect, test } from 'vitest'
import { featuresPage } from './features.js'

test('FEATURES.md says what the records say', async () => {
  await expect(featuresPage()).toMatchFileSnapshot('../../FEATURES.md')
})
