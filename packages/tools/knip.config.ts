/** Entry files of the repository, so that knip can find code that no entry reaches. */
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // A type in the signature of an exported function is part of its API.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // A system program; packages/audit checks that it exists.
  ignoreBinaries: ['unshare', 'ffmpeg'],
  workspaces: {
    '.': {
      // `commandOf` starts tools by name, Vite resolves Vitest's client from the root, and npx resolves the repository's commands.
      ignoreDependencies: ['publint', 'vitest', /^@lodestone\//],
    },
    'packages/*': {
      // Files named `make…` in `test` write fixtures; people run them. Tests start the programs as processes.
      entry: ['test/**/*.test.ts', 'test/**/{programs/*,make*}.ts', 'bench/*.ts', 'scripts/*.ts', 'build/*.ts'],
      project: ['{src,test,bench,scripts,build}/**/*.ts'],
    },
    'packages/sandbox': {
      // The build bundles the scripts of the sandbox by their paths.
      entry: [
        'src/window.ts',
        'src/scanner/main.ts',
        'src/parts/*/main.ts',
        'test/**/*.test.ts',
        'test/**/make*.ts',
        // Started as a separate process.
        'test/looking-runtime.ts',
        'bench/*.ts',
        'build/*.ts',
      ],
      project: ['{src,test,bench,build}/**/*.ts'],
      // Debian's tools, which encode fixtures.
      ignoreBinaries: ['avifenc', 'cjpeg'],
    },
    'packages/tools': {
      entry: ['src/*.ts', 'src/{build,check}/*.ts', 'test/**/*.test.ts', '*.config.ts'],
      project: ['**/*.ts'],
    },
    'packages/demo': {
      entry: ['src/start.ts', 'scripts/*.ts', 'test/**/*.test.ts'],
      project: ['**/*.ts'],
      // Read as a file: the classifier's runtime.
      ignoreDependencies: ['onnxruntime-web'],
    },
    'packages/testkit': {
      entry: ['src/**/*.ts'],
      project: ['**/*.ts'],
      // Read as files: photographs.
      ignoreDependencies: [/^@stdlib\/datasets-img-/],
    },
    'packages/e2e': {
      // `without-lodestone.ts` takes the place of a package in a build.
      entry: [
        'test/**/*.e2e.ts',
        'test/fixture/without-lodestone.ts',
        'bench/*.ts',
        'fuzz/{main,page}.ts',
        '*.config.ts',
      ],
      project: ['**/*.ts'],
      // Used by the app of a test, which is text.
      ignoreDependencies: ['next', 'react', 'react-dom'],
    },
    'models/*': {
      entry: ['src/index.ts', 'test/**/*.test.ts', 'test/**/make*.ts', 'bench/*.ts', 'scripts/*.ts'],
      project: ['{src,test,bench,scripts}/**/*.ts'],
      // Read as files: the weights.
      ignoreDependencies: ['nsfwjs'],
      // Debian's tools, which fetch the pictures for quality measurements.
      ignoreBinaries: ['apt-get', 'dpkg-deb'],
    },
    docs: {
      entry: ['.vitepress/config.ts', '.vitepress/theme/index.ts'],
      project: ['.vitepress/**/*.ts'],
      // Samples of the pages import React.
      ignoreDependencies: ['react', '@types/react'],
    },
    'examples/provider': {
      entry: ['start.ts', 'account-service.ts', 'look-up.ts', 'young-accounts.ts', 'src/main.ts'],
      project: ['**/*.ts'],
    },
    'examples/*': { entry: ['test/**/*.test.ts', 'public/*.js'], project: ['**/*.{ts,tsx}'] },
  },
};

export default config;
