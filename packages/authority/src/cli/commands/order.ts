/** `order`: checks and stages an order. */
import type { Command } from 'commander';
import { stageOrder } from '../../order/stage.ts';
import { readJson } from '../input.ts';

export function order(cli: Command): void {
  cli
    .command('order')
    .description("check an order against its schema, the law and this authority's power, and stage it")
    .argument('<dir>', 'folder of the authority')
    .argument('<file>', 'the order (JSON)')
    .option(
      '--model <file>',
      'manifest of a model on which the order signals; repeat for each model. The model must have per-group accuracy figures',
      (file, before: string[]) => [...before, file],
      [],
    )
    .action(async (directory: string, file: string, options: { model: string[] }) => {
      const models = await Promise.all(options.model.map(readJson));
      const staged = await stageOrder({ directory, order: await readJson(file), models, now: Date.now() });
      console.log(`staged ${staged.path}`);
      for (const model of staged.unchecked ?? []) {
        console.log(`not checked: ${model} must have per-group accuracy figures; pass its manifest with --model`);
      }
    });
}
