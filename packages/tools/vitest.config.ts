/** Vitest's configuration for the whole repository; the projects are in `src/engines/projects.ts`. */
import './src/engines/source-condition.ts';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';
import type * as Projects from './src/engines/projects.ts';

// Imported by URL, because Vite bundles static imports of a configuration and would use the packages' builds.
const file = pathToFileURL(path.join(import.meta.dirname, 'src/engines/projects.ts')).href;
const { projects } = (await import(file)) as typeof Projects;

export default defineConfig({
  root: path.join(import.meta.dirname, '../..'),
  test: { projects: await projects() },
});
