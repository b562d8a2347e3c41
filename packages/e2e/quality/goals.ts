/**
 * The goals of recall at the largest distance, each judged by its least edit, and why those that are not met are not. Pure.
 * Flow: page → here. Promise: a goal that figures miss has a reason here, or the page is not written.
 */
import { DISTANCES, type EditFigures, type QualityFigures } from './figures.ts';
import { percent } from './plot.ts';

/** `all`: with variants, in a list of the pictures alone. `everything`: with variants, in a list with their crops too. */
type GoalColumn = 'all' | 'everything';

interface Goal {
  readonly name: string;
  /** In percent. */
  readonly atLeast: number;
  readonly isOf: (edit: EditFigures) => boolean;
  /** What the goal is about: some cuts are found only by the crops of a list. */
  readonly column: GoalColumn;
  /** Why it is missed in its column. */
  readonly reason?: string;
}

const inGroups =
  (...groups: readonly string[]) =>
  ({ group }: EditFigures): boolean =>
    groups.includes(group);
const named =
  (group: string, pattern: RegExp) =>
  (edit: EditFigures): boolean =>
    edit.group === group && pattern.test(edit.name);

const OWN_EDGE = `Mostly photographs with a uniform edge of their own, which are stripped too far: no line tells where the padding or the bar ends.
  A list with crops has what is left of them.`;

const GOALS: readonly Goal[] = [
  {
    name: 're-encodings, resizes, messenger chains',
    atLeast: 99.5,
    isOf: inGroups('re-encoded', 'resized', 'messenger'),
    column: 'all',
  },
  { name: 'grey', atLeast: 99.5, isOf: named('tone', /^grey$/), column: 'all' },
  {
    name: 'tone',
    atLeast: 99.5,
    isOf: named('tone', /^(?!grey$)/),
    column: 'all',
    reason: `Strong changes of tone move bright and dark parts by different amounts, and clip some of them, so the coefficients near the median
  change sides. No variant undoes a curve that is not known, and crops have nothing to do with it. A larger distance would find more, and also more false matches.`,
  },
  {
    name: 'padding of 20 %, even and uneven',
    atLeast: 95,
    isOf: named('padded', /20 %/),
    column: 'all',
    reason: OWN_EDGE,
  },
  {
    name: 'rotation by 1 to 5 degrees',
    atLeast: 90,
    isOf: inGroups('rotated'),
    column: 'all',
    reason: `A rotated copy without its corners has lost up to a tenth of each side. A variant repeats the edge over what is missing, which is a guess. Crops
  in a list lack edges too, and are nearer.`,
  },
  { name: 'crop of 2 % of each side', atLeast: 99, isOf: named('cropped', /^2 % of each side$/), column: 'all' },
  {
    name: 'crop of 4 % of each side, by margins',
    atLeast: 98,
    isOf: named('cropped', /^4 % of each side$/),
    column: 'all',
    reason: `A variant repeats the edge over what was cut, and 4 % of each side are 15 % of the picture. The hash depends on what was there. A list with crops does not have
  to guess.`,
  },
  { name: 'crop of 5 % of each side', atLeast: 95, isOf: named('cropped', /^5 % of each side$/), column: 'everything' },
  { name: 'crop of 3 to 11 % of one side', atLeast: 90, isOf: named('cropped', /of one side$/), column: 'everything' },
  {
    name: 'random crops of up to 8 % of each side',
    atLeast: 50,
    isOf: named('cropped', /random/),
    column: 'everything',
  },
  { name: 'screenshot with bars', atLeast: 95, isOf: inGroups('screenshot'), column: 'all', reason: OWN_EDGE },
];

const USUAL = DISTANCES.length - 1;
/** How many points a locked list may find fewer, of ordinary re-encodings and resizes. */
const LOCKED_POINTS = 3;
const LOCKED_REASON = `A locked list finds a copy only if the tries come to all flips of its bits at one subset. Of a few copies as small as these, more or
  less likely bits have flipped. More tries cost each device more.`;

/** The edit of which the fewest are found. */
function leastOf(edits: readonly EditFigures[], of: (edit: EditFigures) => number): EditFigures {
  const [first, ...others] = edits;
  if (!first) throw new Error('a goal without an edit');
  return others.reduce((least, edit) => (of(edit) < of(least) ? edit : least), first);
}

function rowOf(goal: Goal, { edits, photographs }: QualityFigures): { cells: string[]; reason?: string } {
  const share = (column: GoalColumn) => (edit: EditFigures) => (edit.found[column][USUAL] ?? 0) / photographs;
  const ofGoal = edits.filter((edit) => goal.isOf(edit));
  const least = (column: GoalColumn): { share: number; text: string } => {
    const edit = leastOf(ofGoal, share(column));
    return { share: share(column)(edit), text: `${percent(share(column)(edit))} (${edit.name})` };
  };
  const isMet = (column: GoalColumn): boolean => 100 * least(column).share >= goal.atLeast;
  const result = isMet(goal.column) ? 'met' : isMet('everything') ? 'only with crops' : '**not met**';
  const cells = [goal.name, `${goal.atLeast} %`, least('all').text, least('everything').text, result];
  if (isMet(goal.column)) return { cells };
  const missed = ofGoal.filter((edit) => 100 * share(goal.column)(edit) < goal.atLeast);
  if (goal.reason === undefined) throw new Error(`${goal.name}: the goal is missed, and goals.ts has no reason`);
  const list = missed.map((edit) => `${edit.name} ${percent(share(goal.column)(edit))}`).join(', ');
  return { cells, reason: `- **${goal.name}**: ${list}. ${goal.reason}` };
}

function lockedRow({ edits, photographs }: QualityFigures): { cells: string[]; reason?: string } {
  const ordinary = edits.filter(inGroups('re-encoded', 'resized'));
  const behind = (plain: GoalColumn, locked: 'variants' | 'everything') => (edit: EditFigures) =>
    (100 * ((edit.found[plain][USUAL] ?? 0) - (edit.locked[locked][USUAL] ?? 0))) / photographs;
  const most = (of: (edit: EditFigures) => number): { points: number; text: string } => {
    const edit = leastOf(ordinary, (one) => -of(one));
    return { points: of(edit), text: `${of(edit).toFixed(1)} points (${edit.name})` };
  };
  const [alone, crops] = [most(behind('all', 'variants')), most(behind('everything', 'everything'))];
  const [isMet, isMetWithCrops] = [alone.points <= LOCKED_POINTS, crops.points <= LOCKED_POINTS];
  const result = isMet ? 'met' : isMetWithCrops ? 'only with crops' : '**not met**';
  const name = 'a locked list behind a plain one, re-encodings and resizes';
  const cells = [name, `at most ${LOCKED_POINTS} points`, alone.text, crops.text, result];
  return isMet ? { cells } : { cells, reason: `- **${name}**: ${alone.text}. ${LOCKED_REASON}` };
}

/** @returns the rows of the goals' table, and a line for each goal that is not met in its column */
export function goalsOf(figures: QualityFigures): { head: string[]; rows: string[][]; reasons: string[] } {
  const judged = [...GOALS.map((goal) => rowOf(goal, figures)), lockedRow(figures)];
  return {
    head: ['goal', 'at least', 'with variants: the least of its edits', 'in a list with crops', 'result'],
    rows: judged.map(({ cells }) => cells),
    reasons: judged.flatMap(({ reason }) => reason ?? []),
  };
}
