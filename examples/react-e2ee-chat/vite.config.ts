/** Lodestone needs no plug-in or setting. The manifest of the build tells the service worker which files to keep. */
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: { target: 'es2024', sourcemap: true, manifest: 'build.json' },
});
