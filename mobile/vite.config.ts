import { fileURLToPath } from 'node:url'

import uniPlugin from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

// The plugin is CommonJS; inside an ES module package its default export arrives wrapped.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

/**
 * uni's H5 stylesheet fetches shadow pictures of the title bar from its maker's servers. Nothing
 * here may come from outside, and nobody sees the shadow anyway.
 */
const nothingFromOutside = {
  name: 'nothing-from-outside',
  generateBundle(_options: unknown, bundle: Record<string, { type: string; source?: string | Uint8Array }>) {
    for (const [name, file] of Object.entries(bundle)) {
      if (file.type !== 'asset' || !name.endsWith('.css')) continue
      file.source = String(file.source).replace(/url\((['"]?)https?:[^)]*\1\)/g, 'none')
    }
  },
}

export default defineConfig({
  base: './',
  plugins: [uni(), nothingFromOutside],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: { sourcemap: false },
})
