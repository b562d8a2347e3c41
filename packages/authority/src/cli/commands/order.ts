/** `order`: checks and stages an order. */
import type { Command } from 'commander';
import { stageOrder } from '../../order/stage.ts';
import { readJson } from '../input.ts';
import { printStagedOrder } from '../print.ts';

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
    .option('--unjudged', 'also stage an order whose lawfulness the legal rules do not decide', false)
    .action(async (directory: string, file: string, options: { model: string[]; unjudged: boolean }) => {
      const models = await Promise.all(options.model.map(readJson));
      const { unjudged } = options;
      printStagedOrder(await stageOrder({ directory, order: await readJson(file), models, unjudged, now: Date.now() }));
    });
}
