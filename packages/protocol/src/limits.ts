/** Every limit of the protocol in two tables. In bytes, unless the name states another unit. The contracts cite them: docs/design/contracts.md */

export const LIMITS = {
  /** Signed documents, as bytes of a TUF target. */
  orderBytes: 65_536,
  manifestBytes: 16_384,
  keysBytes: 16_384,
  suppressionBytes: 4_194_304,
  /** A list file: 10 million PDQ rows of 36 bytes are 360 MB. */
  listFileBytes: 536_870_912,
  listRows: 12_000_000,
  /** Ways to open a row of a locked list. */
  lockedSlots: 6,
  /** Files are requested in ranges of this length. Storing and reading one is a task of the page, so it is small. */
  partBytes: 1_048_576,
  /** Hashed and parsed in one task. */
  sliceBytes: 262_144,
  /** Frames of one video that are looked up, at one a second; the longest listed video in seconds. */
  videoFrames: 3_600,
  /** TUF metadata, by role. */
  rootBytes: 65_536,
  timestampBytes: 16_384,
  snapshotBytes: 16_384,
  targetsBytes: 262_144,
  /** New TUF roots accepted in one refresh (TUF 1.0 §5.3.3). */
  rootRotations: 64,
  /** Orders of one source. A source that lists more brings no new order. */
  sourceOrders: 64,
  /** Metadata and documents that a device accepts from one source in one round. List and model files are not part of a round. */
  sourceRoundBytes: 33_554_432,

  /** Order. */
  orderDays: 732,
  detectItems: 8,
  languages: 40,
  summaryChars: 2_000,
  helpEntries: 64,
  alsoBy: 4,
  threshold: 32,
  /** Lowest threshold for evidence that a single picture can forge or get wrong: a classifier, or a confirmed near match. */
  weakThreshold: 3,
  signalWithinDays: 90,
  notifyDays: 180,
  slotsPerDay: 86_400,

  /** Model: its file and its runtime, as bytes of TUF targets. */
  modelBytes: 67_108_864,
  runtimeBytes: 33_554_432,
  modelSide: 512,
  modelClasses: 64,
  modelGroups: 64,

  /** Content. */
  contentBytes: 67_108_864,
  /** A video is read in slices, so it may be larger. */
  videoBytes: 4_294_967_296,
  blockBytes: 65_536,
  /** Blocks that the sandbox may request in one message. */
  blocksWanted: 16,
  /** Of a JPEG in an engine that does not scale it while it decodes (WebKit): 256 MiB when decoded. */
  bitmapPixels: 67_108_864,
  pictureSide: 16_384,
  /** A picture of at most this many pixels is hashed without reduction: 4 MiB of pixels. */
  exactPixels: 1_048_576,
  /** A larger one is hashed without reduction too if its reduced hash is unstable: 64 MiB of pixels. */
  fullSizePixels: 16_777_216,
  /** Longest side of the reduced picture that is hashed, and of the bitmap that the host makes for it. */
  hashSide: 512,
  bitmapSide: 1_024,

  /** Sandbox. */
  planLists: 32,
  planModels: 4,
  verdictBytes: 3_072,

  /** Signal: signals and covers have the same length. */
  signalBytes: 256,
  signalHeaderBytes: 16,
  signalPlaintextBytes: 192,

  /**
   * Receiver keys: days for which devices encrypt with a key, days for which the receiver keeps it afterwards: the longest
   * counting window, 14 days of grace, and the rest of the last day.
   */
  keyDays: 90,
  keyKeptDays: 105,
  /** Private keys that exist at one time. The receiver may have to try each of them on every body. */
  privateKeys: 4,

  /** Subject ids: ids in a monthly batch, and days from a match to the last day of its id. */
  subjectIds: 40,
  subjectIdDays: 62,
  subjectBatchBytes: 3_256,
  revokedPseudonyms: 100_000,

  /** Ledger. */
  ledgerLineBytes: 4_096,
  /** The newest entries, which are never pruned. */
  ledgerEntries: 10_000,
  /** Older entries are kept this long, */
  ledgerDays: 30,
  /** as long as there are not more than this. With covers at every second, that is half a day. */
  maxLedgerEntries: 50_000,
} as const;

/** Of locked lists: apart from the others, because only who locks or opens rows needs them. */
export const LOCKED_LIMITS = {
  /** Bits of a subset. */
  bits: [96, 112],
  subsets: 16,
  /** Tries of one hash. */
  tries: 32_768,
  /** Memory of a slow step: Argon2's least with one lane, and what a phone can spare. */
  leastMemoryKiB: 8,
  memoryKiB: 8_192,
  /** For one content item in all: tries, of about 1 µs each on a laptop; memory of its slow steps, of 1 to 2 µs for each KiB. On a slow phone both take 6 s. */
  itemTries: 524_288,
  itemSlowKiB: 524_288,
} as const;

/** Of scans: apart from the others, because the page of a host needs none of them. */
export const SCAN_LIMITS = {
  picturePixels: 268_435_456,
  /** Of a JPEG in Firefox, which takes 3 s for each 100 million. */
  firefoxJpegPixels: 134_217_728,
  /** Of a picture that no engine scales while it decodes: all but JPEGs. 128 MiB when decoded, and an 8K screen. */
  unscaledPixels: 33_554_432,
  /** A picture with a longer side is always reduced, and only an ImageDecoder gets it: canvases of some engines are not larger. */
  longestSide: 65_535,
  /** Frames of an animation that are looked at, their pixels in total, and the time for it. */
  animationFrames: 400,
  animationPixels: 268_435_456,
  animationMs: 8_000,
  /** Frames of an animation that a model runs on, spread over its length. */
  animationClassified: 4,
  /** Pictures of an icon or a cursor. */
  iconMembers: 256,
  /** Time for the frames of a video: less than its deadline. */
  videoMs: 10_000,
  videoMsPerByte: 0.0015,

  /** Containers (ZIP, gzip, tar, PDF), for one content item in all: a ZIP in a ZIP in a ZIP is depth 3. */
  containerDepth: 4,
  containerMembers: 4_096,
  /** Inflated bytes: this many times the content's, but at least and at most these numbers. */
  containerRatio: 100,
  containerLeastBytes: 33_554_432,
  containerBytes: 268_435_456,
  /** Pixels of all pictures in them: this many, or this many for each byte of the content, whichever is more. */
  containerPixels: 268_435_456,
  containerPixelsPerByte: 16,
  /** Time for all of it, also for what is inside a picture: less than the item's deadline. */
  containerMs: 8_000,
  containerMsPerByte: 0.0015,
  /** Beginnings of pictures in other bytes that have no end; each costs a look at all that follows. */
  unendedPictures: 16,
  /** Pictures in a file whose variants are looked up; further ones as they are. Variants take up to 25 ms, and an archive has thousands. */
  variedPictures: 64,
  pdfStreams: 131_072,
} as const;
