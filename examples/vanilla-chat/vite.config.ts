/** Lodestone needs no plug-in or setting. */
import { defineConfig } from 'vite';

export default defineConfig({ base: './', build: { target: 'es2024', sourcemap: true } });
