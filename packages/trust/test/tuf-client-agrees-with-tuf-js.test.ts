/**
 * Differential test: random sequences of publications, key replacements, thefts and attacks. After each step our client and
 * tuf-js refresh with the state that they kept, and both accept the same targets version or both refuse. The only difference
 * is on purpose: a replaced snapshot or targets key undoes versions that a thief has raised (docs/design/signed-inputs.md#tuf-client).
 */
import { MetaFile } from '@tufjs/models';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toInstant } from '@lodestone/protocol/time';
import type { Role } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { HOUR, newKey, TestRepository } from './repository/test-repository.ts';

const ORDER = 'v1/orders/one.json';
const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

/** A step changes the repository, what its server sends until the next step, or both. */
type Step =
  | { type: 'publish' | 'publish-root' }
  | { type: 'replace-keys'; role: Role }
  /** The holder of all keys of the role raises its version, and the roles above name it. */
  | { type: 'raise-version'; role: 'targets' | 'snapshot' | 'timestamp' }
  /** The authority sets the role's version back to that before the theft. */
  | { type: 'recover'; role: 'targets' | 'snapshot' | 'timestamp' }
  /** The server sends this role, or everything, as it was `ago` steps before. */
  | { type: 'replay'; role: Role | 'all'; ago: number }
  | { type: 'withhold' | 'strip' | 'forge' | 'add-empty-signature' | 'expire'; role: Role }
  | { type: 'flip'; role: Role; at: number }
  | { type: 'mix'; role: 'targets' | 'snapshot' };

const anyRole = fc.constantFrom(...ROLES);
const NAMED = ['targets', 'snapshot', 'timestamp'] as const;
const anyNamed = fc.constantFrom(...NAMED);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('publish' as const, 'publish-root' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('replace-keys' as const), role: anyRole }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('raise-version' as const), role: anyNamed }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('recover' as const), role: anyNamed }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('replay' as const),
      role: fc.constantFrom(...ROLES, 'all' as const),
      ago: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('withhold', 'strip', 'forge', 'add-empty-signature', 'expire'),
      role: anyRole,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('flip' as const), role: anyRole, at: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('mix' as const),
      role: fc.constantFrom('targets' as const, 'snapshot' as const),
    }),
  },
);

type Files = Map<string, Uint8Array>;

/** A repository with an honest authority, and a server on the way to it that an attacker may hold. */
class Stage {
  readonly repository = new TestRepository(Date.now());
  readonly history: Files[] = [];
  /** Versions before each theft. */
  readonly before = new Map<Role, number>();
  /** The highest versions that were ever sent. */
  readonly used = { targets: 0, snapshot: 0, timestamp: 0 };
  wasRaised = false;

  constructor() {
    this.repository.publish();
  }

  /** @returns what the server sends after this step */
  play(step: Step): Files {
    const { repository } = this;
    this.history.push(new Map(repository.files));
    switch (step.type) {
      case 'publish':
        this.publish(`${this.history.length}\n`);
        return repository.files;
      case 'publish-root':
        repository.publishRoot();
        return repository.files;
      case 'replace-keys':
        this.replaceKeys(step.role);
        return repository.files;
      case 'raise-version':
        this.wasRaised = true;
        if (!this.before.has(step.role)) this.before.set(step.role, repository.versions[step.role]);
        this.used[step.role] = repository.versions[step.role] + 1_000;
        this.publish('raised\n');
        return repository.files;
      case 'recover':
        repository.versions[step.role] = this.before.get(step.role) ?? repository.versions[step.role];
        this.wasRaised ||= this.used[step.role] > repository.versions[step.role];
        this.used[step.role] = repository.versions[step.role];
        this.before.delete(step.role);
        this.replaceKeys(step.role);
        return repository.files;
      case 'replay':
      case 'withhold':
      case 'strip':
      case 'forge':
      case 'add-empty-signature':
      case 'expire':
      case 'flip':
      case 'mix':
        return this.attacked(step);
    }
  }

  private replaceKeys(role: Role): void {
    const before = this.repository.signers('root');
    this.repository.keys[role] = this.repository.keys[role].map(() => newKey());
    this.repository.publishRoot([...before, ...(role === 'root' ? this.repository.signers('root') : [])]);
    this.publish('new keys\n');
  }

  /** No version is used twice, except after a recovery: who signs two contents of one version holds the role's key. */
  private publish(order: string): void {
    for (const role of NAMED)
      this.repository.versions[role] = Math.max(this.repository.versions[role], this.used[role]);
    this.repository.publish({ [ORDER]: order });
  }

  /** The authority's repository stays as it is; the files that are sent differ. */
  private attacked(
    step: Exclude<Step, { type: 'publish' | 'publish-root' | 'replace-keys' | 'raise-version' | 'recover' }>,
  ): Files {
    const { repository, history } = this;
    const kept = {
      files: new Map(repository.files),
      versions: { ...repository.versions },
      expires: { ...repository.expires },
    };
    // An attacker's publication has versions that no honest one has.
    if (step.type !== 'replay') this.publish(`${history.length} by an attacker\n`);
    const path = repository.pathOf(step.role === 'all' ? 'timestamp' : step.role);
    const bytes = repository.file(path);
    const old = history.at(step.type === 'replay' ? -step.ago : -2) ?? new Map<string, Uint8Array>();
    switch (step.type) {
      case 'replay':
        if (step.role === 'all') repository.files.clear();
        for (const [name, was] of old) if (step.role === 'all' || name === path) repository.files.set(name, was);
        break;
      case 'withhold':
        repository.files.delete(path);
        break;
      case 'strip':
        repository.changeSignatures(step.role, (all) => all.slice(1));
        break;
      case 'add-empty-signature':
        repository.changeSignatures(step.role, (all) => [{ keyid: 'cd'.repeat(32), sig: '' }, ...all]);
        break;
      case 'forge':
        repository.forge(step.role, (signed) => ({ ...signed, 'x-forged': true }), [newKey(), newKey()]);
        break;
      case 'expire':
        repository.expires[step.role] = toInstant(repository.now - HOUR);
        if (step.role === 'root') repository.publishRoot();
        else this.publish('expired\n');
        break;
      case 'flip': {
        const copy = bytes.slice();
        const at = step.at % copy.length;
        copy[at] = (copy[at] ?? 0) ^ 0x01;
        repository.files.set(path, copy);
        break;
      }
      case 'mix':
        if (step.role === 'snapshot')
          repository.publishTimestamp(new MetaFile({ version: repository.versions.snapshot + 1 }));
        else repository.publishSnapshot(new MetaFile({ version: repository.versions.targets + 1 }));
        repository.publishTimestamp();
        break;
    }
    const sent = new Map(repository.files);
    repository.files.clear();
    for (const [name, was] of kept.files) repository.files.set(name, was);
    for (const role of NAMED) this.used[role] = Math.max(this.used[role], repository.versions[role]);
    Object.assign(repository.versions, kept.versions);
    Object.assign(repository.expires, kept.expires);
    return sent;
  }
}

const server = new FileServer();

const reasonOf = async (refresh: Promise<void>): Promise<string | undefined> =>
  refresh.then(
    () => undefined,
    (error: unknown) => String(error),
  );

test('random sequences of publications and attacks end alike in both clients', { timeout: 120_000 }, async () => {
  const ends = { accepted: 0, refused: 0, recoveredByUsOnly: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 10 }), async (steps) => {
      const stage = new Stage();
      const pinned = stage.repository.pinned;
      const ours = new OurClient(pinned);
      const theirs = await TufJsClient.create(server, pinned.root);
      for (const step of steps) {
        const files = stage.play(step);
        server.files = files;
        const [we, they] = [
          await reasonOf(ours.refreshWith([ORDER], (path) => Promise.resolve(files.get(path)), stage.repository.now)),
          await reasonOf(theirs.refresh([ORDER])),
        ];
        if (we === undefined && they?.includes('less than current version') && stage.wasRaised) {
          ends.recoveredByUsOnly++;
          return;
        }
        expect({ step, we, they }).toEqual({ step, we: they && expect.any(String), they: we && expect.any(String) });
        if (we === undefined) ends.accepted++;
        else ends.refused++;
      }
    }),
    { numRuns: 30, seed: 2 },
  );
  expect(Math.min(ends.accepted, ends.refused, ends.recoveredByUsOnly)).toBeGreaterThan(0);
});
