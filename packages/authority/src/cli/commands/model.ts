/** `model`: stages a provider's model. */
import type { Command } from 'commander';
import { stageModel } from '../../model/stage.ts';
import { readBytes, readJson, wholeNumber } from '../input.ts';
import { printNextPublication } from '../print.ts';

export function model(cli: Command): void {
  cli
    .command('model')
    .description("check a provider's model, complete its manifest, and stage both with the runtime")
    .argument('<dir>', 'folder of the provider')
    .requiredOption('--manifest <file>', 'draft of the manifest (JSON): model, input, output, buckets, figures')
    .requiredOption('--file <file>', 'the model (ONNX)')
    .requiredOption(
      '--runtime <file>',
      'runtime.wasm of @lodestone/client, or ort-wasm-simd-threaded.wasm of onnxruntime-web',
    )
    .option('--days <n>', 'for how many days devices may run the model, at most 365', wholeNumber, 180)
    .action(async (directory: string, options: { manifest: string; file: string; runtime: string; days: number }) => {
      const { path, version } = await stageModel({
        directory,
        draft: await readJson(options.manifest),
        file: await readBytes(options.file),
        runtime: await readBytes(options.runtime),
        days: options.days,
        now: Date.now(),
      });
      console.log(`staged ${path}, version ${version}`);
      printNextPublication(directory);
    });
}
