/** Which files of the repository are begun from outside, so that knip can say what nothing reaches. */
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // A type that a function of the same file takes or gives is part of that function's face.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Of the system: packages/audit/src/packets/programs.ts sees to it that it is there.
  ignoreBinaries: ['unshare'],
  workspaces: {
    '.': {
      // `commandOf` starts tools by name, Vite resolves Vitest's client from the root, and npx the repository's own commands.
      ignoreDependencies: ['publint', 'vitest', /^@lodestone\//],
    },
    'packages/*': {
      // Files in `test` named `make…` write the fixtures beside them, by hand.
      entry: ['test/**/*.test.ts', 'test/**/make*.ts', 'bench/*.ts', 'scripts/*.ts', 'build/*.ts'],
      project: ['{src,test,bench,scripts,build}/**/*.ts'],
    },
    'packages/sandbox': {
      // The build bundles the scripts of the sandbox by their paths.
      entry: [
        'src/window.ts',
        'src/scanner/main.ts',
        'src/classifier/main.ts',
        'test/**/*.test.ts',
        'test/**/make*.ts',
        // Started as a process of its own.
        'test/looking-runtime.ts',
        'bench/*.ts',
        'build/*.ts',
      ],
      project: ['{src,test,bench,build}/**/*.ts'],
    },
    'packages/tools': {
      entry: ['src/*.ts', 'src/{build,check}/*.ts', 'test/**/*.test.ts', '*.config.ts'],
      project: ['**/*.ts'],
    },
    'packages/demo': {
      entry: ['src/start.ts', 'test/**/*.test.ts'],
      project: ['**/*.ts'],
      // The demo reads pictures and the classifier's runtime as files.
      ignoreDependencies: [/^@stdlib\/datasets-img-/, 'onnxruntime-web'],
    },
    'packages/e2e': {
      entry: ['test/**/*.e2e.ts', 'bench/*.ts', '*.config.ts'],
      project: ['**/*.ts'],
    },
    'models/*': {
      entry: ['src/index.ts', 'test/**/*.test.ts', 'test/**/make*.ts', 'bench/*.ts', 'scripts/*.ts'],
      project: ['{src,test,bench,scripts}/**/*.ts'],
      // Only its weights are read, as files.
      ignoreDependencies: ['nsfwjs'],
      // Of Debian, for the pictures that quality is measured on.
      ignoreBinaries: ['apt-get', 'dpkg-deb'],
    },
    'examples/*': { entry: ['test/**/*.test.ts'], project: ['**/*.ts'] },
  },
};

export default config;
