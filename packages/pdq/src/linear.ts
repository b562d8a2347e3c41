/** The `linear` kind: compares with every row (`assembly/planes.ts`, `lanes.ts`). 32 bytes per row, ready when filled. Spec: docs/design/hashing.md#index */
import type { Kernel } from './kernel.ts';
import type { Layout } from './layout.ts';

/** Smallest batch for `assembly/lanes.ts`; smaller ones are faster one by one. */
const lanes = 16;
/** Up to this distance four queries share a lane: one block in 50 (at 31) to one in 2 has a row that may be near a lane. */
const maxSharedDistance = 36;

export function linearLayout(kernel: Kernel, rowCount: number): Layout {
  kernel.openPlanes(rowCount);
  const blocks = kernel.planeBlocks();

  function searchOne(
    query: number,
    maxDistance: number,
    from: number,
    to: number,
    found: (query: number) => void,
  ): void {
    for (let block = from; block < to;) {
      block = kernel.scanPlanes(query, maxDistance, block, to);
      found(query);
    }
  }

  function searchTogether(first: number, count: number, maxDistance: number, found: (query: number) => void): void {
    kernel.fillLanes(first, count);
    for (let block = 0; block < blocks; block++) {
      const near = kernel.nearLanes(block, maxDistance);
      if (near === 0) continue;
      for (let i = 0; i < count; i++) {
        if (((near >> (i % lanes)) & 1) === 1) searchOne(first + i, maxDistance, block, block + 1, found);
      }
    }
  }

  return {
    lay: (first, count) => kernel.layPlanes(first, count),
    buildSlice: () => true,

    search(queryCount, maxDistance, found) {
      kernel.preparePlanes(queryCount);
      const atOnce = maxDistance <= maxSharedDistance ? 4 * lanes : lanes;
      for (let first = 0; first < queryCount; first += atOnce) {
        const count = Math.min(atOnce, queryCount - first);
        if (count >= lanes) searchTogether(first, count, maxDistance, found);
        else for (let i = first; i < first + count; i++) searchOne(i, maxDistance, 0, blocks, found);
      }
    },
  };
}
