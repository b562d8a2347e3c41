/**
 * The `indexed` kind: eleven tables give the rows that can be near (`assembly/bands.ts`). 76 bytes per row and up to 4 more
 * for table heads. The tables are built in slices after the last row, or completely by the first query.
 * Spec: docs/design/hashing.md#index
 */
import type { Kernel } from './kernel.ts';
import type { Layout } from './layout.ts';

export function indexedLayout(kernel: Kernel, rowCount: number): Layout {
  kernel.openBands(rowCount);
  return {
    lay: (first, count) => kernel.layBands(first, count),
    buildSlice: () => kernel.buildBands() !== 0,

    search(queryCount, maxDistance, found) {
      for (let query = 0; query < queryCount; query++) {
        kernel.startBands(query, maxDistance);
        let isMore: boolean;
        do {
          isMore = kernel.searchBands() !== 0;
          found(query);
        } while (isMore);
      }
    },
  };
}
