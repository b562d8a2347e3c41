/** Our client as its users run it: state that is remembered between refreshes, and every save counted. */
import type { TargetPath } from '@lodestone/protocol/paths';
import { checkTarget, refresh, type TrustedTargets, targetUrlPath, type TufGet, type TufState } from '@lodestone/trust';

export class OurClient {
  state: TufState;
  readonly saves: TufState[] = [];
  constructor(state: TufState) {
    this.state = state;
  }

  async refresh(get: TufGet, now: number): Promise<TrustedTargets> {
    const { targets } = await refresh({
      state: this.state,
      get,
      now,
      save: (state) => {
        this.state = state;
        this.saves.push(state);
        return Promise.resolve();
      },
    });
    return targets;
  }

  /** Metadata, and each of these targets. */
  async refreshWith(targets: readonly string[], get: TufGet, now: number): Promise<void> {
    const trusted = await this.refresh(get, now);
    for (const path of targets) {
      const file = trusted.files.get(path as TargetPath);
      if (!file) throw new Error(`no target ${path}`);
      const bytes = await get(targetUrlPath(file), file.length);
      if (!bytes) throw new Error(`no file ${targetUrlPath(file)}`);
      checkTarget(file, bytes);
    }
  }
}
