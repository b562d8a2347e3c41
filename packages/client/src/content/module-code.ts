/**
 * The code of lazy parts that are modules, which a sandbox gets when it starts. Flow: parts.generated → here → the boot message.
 * Promise: code that could not be loaded is asked for again by the next item that needs it. Spec: docs/design/sandbox.md#lazy-parts
 */
import { LAZY_PARTS, type ModuleCodes, PART_NAMES, type PartName, type ScanPlan } from '@lodestone/protocol';

export class ModuleCode {
  readonly #load: (part: PartName) => Promise<string>;
  readonly #loaded = new Map<PartName, string>();
  readonly #failures = new Map<PartName, unknown>();

  constructor(load: (part: PartName) => Promise<string>) {
    this.#load = load;
  }

  get all(): ModuleCodes {
    return Object.fromEntries(this.#loaded);
  }

  /** Loads what these plans need. Never rejects. @returns whether there is more than before */
  async add(plans: readonly ScanPlan[]): Promise<boolean> {
    const before = this.#loaded.size;
    for (const part of PART_NAMES) {
      const { kind, neededBy } = LAZY_PARTS[part];
      if (kind !== 'module' || this.#loaded.has(part) || !plans.some(neededBy)) continue;
      try {
        this.#loaded.set(part, await this.#load(part));
      } catch (cause) {
        this.#failures.set(part, cause);
      }
    }
    return this.#loaded.size > before;
  }

  /** @throws why the code could not be loaded */
  async of(part: PartName): Promise<string> {
    const code = this.#loaded.get(part);
    if (code === undefined) throw this.#failures.get(part);
    return code;
  }
}
