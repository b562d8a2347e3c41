/** Nothing of Lodestone needs a plug-in or a setting here. */
import { defineConfig } from 'vite';

export default defineConfig({ base: './', build: { target: 'es2024', sourcemap: true } });
