/** `order`: checks and stages an order; prints an example or the schema. */
import type { Command } from 'commander';
import { orderSchema } from '@lodestone/protocol/order-schema';
import { commentedOrder, withoutComments } from '../../order/commented-order.ts';
import { stageOrder } from '../../order/stage.ts';
import { readJson } from '../input.ts';
import { printNextPublication, printStagedOrder } from '../print.ts';

interface OrderOptions {
  model: string[];
  unjudged: boolean;
  example: boolean;
  schema: boolean;
}

export function order(cli: Command): void {
  const command = cli
    .command('order')
    .description("check an order against its schema, the law and this authority's power, and stage it")
    .argument('[dir]', 'folder of the authority')
    .argument('[file]', 'the order (JSON, with or without the comment lines of --example)')
    .option(
      '--model <file>',
      'manifest of a model on which the order signals; repeat for each model. The model must have per-group accuracy figures',
      (file, before: string[]) => [...before, file],
      [],
    )
    .option('--unjudged', 'also stage an order whose lawfulness the legal rules do not decide', false)
    .option('--example', 'print an example order with a comment for each field, and do nothing else', false)
    .option('--schema', 'print the JSON Schema of orders, and do nothing else', false);
  command.action(async (directory: string | undefined, file: string | undefined, options: OrderOptions) => {
    if (options.example) return void process.stdout.write(commentedOrder(Date.now()));
    if (options.schema) return console.log(JSON.stringify(orderSchema(), undefined, 2));
    if (directory === undefined || file === undefined)
      return command.error("error: missing required arguments 'dir' and 'file' (or --example, --schema)");
    const models = await Promise.all(options.model.map((model) => readJson(model)));
    const { unjudged } = options;
    const document = await readJson(file, withoutComments);
    printStagedOrder(await stageOrder({ directory, order: document, models, unjudged, now: Date.now() }));
    printNextPublication(directory);
  });
}
