/** The suites that run on PGlite and on PostgreSQL. */
import type { World } from '../support/world.ts';
import { aSignalIsCountedOnce } from './a-signal-is-counted-once.ts';
import { signalsAreKeptWhileTheirDayCounts } from './signals-are-kept-while-their-day-counts.ts';
import { contestsAreJudgedAndAnswered } from './contests-are-judged-and-answered.ts';
import { nothingIsDeletedByAClockThatJumped } from './nothing-is-deleted-by-a-clock-that-jumped.ts';
import { noCaseOpensBelowTheThreshold } from './no-case-opens-below-the-threshold.ts';
import { aDatabaseOfAnotherVersionIsRefused } from './a-database-of-another-version-is-refused.ts';
import { everyBodyGetsTheSameAnswer } from './every-body-gets-the-same-answer.ts';
import { onlyLiveSubjectKeysCount } from './only-live-subject-keys-count.ts';
import { endedOrdersStopCounting } from './ended-orders-stop-counting.ts';
import { oneSubjectIsBounded } from './one-subject-is-bounded.ts';
import { onlyListedEntriesOpenCases } from './only-listed-entries-open-cases.ts';
import { casesAreDeletedByTheirOutcome } from './cases-are-deleted-by-their-outcome.ts';
import { decisionsAreToldToOtherSystems } from './decisions-are-told-to-other-systems.ts';
import { floodsWaitForALead } from './floods-wait-for-a-lead.ts';
import { metricsNameNoSubject } from './metrics-name-no-subject.ts';
import { twoPeopleDecideAboutACase } from './two-people-decide-about-a-case.ts';
import { theYearlyReportOutlastsWhatItCounts } from './the-yearly-report-outlasts-what-it-counts.ts';
import { theConsoleAnswersItsUsers } from './the-console-answers-its-users.ts';
import { theConsoleSavesFiles } from './the-console-saves-files.ts';
import { theConsoleDecidesAndLooksUp } from './the-console-decides-and-looks-up.ts';
import { theConsoleIsForSignedInUsers } from './the-console-is-for-signed-in-users.ts';
import { twoPeopleLookUpAnAccount } from './two-people-look-up-an-account.ts';
import { unknownSignalsWait } from './unknown-signals-wait.ts';
import { ordersCountOnlyFromConfiguredSources } from './orders-count-only-from-configured-sources.ts';

export const allSuites: readonly [name: string, suite: (world: () => World) => void][] = [
  ['a database of another version is refused', aDatabaseOfAnotherVersionIsRefused],
  ['every body gets the same answer', everyBodyGetsTheSameAnswer],
  ['a signal is counted once', aSignalIsCountedOnce],
  ['no case opens below the threshold', noCaseOpensBelowTheThreshold],
  ['signals are kept while their day counts', signalsAreKeptWhileTheirDayCounts],
  ['only live subject keys count', onlyLiveSubjectKeysCount],
  ['ended orders stop counting', endedOrdersStopCounting],
  ['unknown signals wait', unknownSignalsWait],
  ['one subject is bounded', oneSubjectIsBounded],
  ['only listed entries open cases', onlyListedEntriesOpenCases],
  ['orders count only from configured sources', ordersCountOnlyFromConfiguredSources],
  ['two people decide about a case', twoPeopleDecideAboutACase],
  ['contests are judged and answered', contestsAreJudgedAndAnswered],
  ['decisions are told to other systems', decisionsAreToldToOtherSystems],
  ['floods wait for a lead', floodsWaitForALead],
  ['two people look up an account', twoPeopleLookUpAnAccount],
  ['metrics name no subject', metricsNameNoSubject],
  ['nothing is deleted by a clock that jumped', nothingIsDeletedByAClockThatJumped],
  ['cases are deleted by their outcome', casesAreDeletedByTheirOutcome],
  ['the yearly report outlasts what it counts', theYearlyReportOutlastsWhatItCounts],
  ['the console is for signed-in users', theConsoleIsForSignedInUsers],
  ['the console answers its users', theConsoleAnswersItsUsers],
  ['the console saves files', theConsoleSavesFiles],
  ['the console decides and looks up', theConsoleDecidesAndLooksUp],
];
