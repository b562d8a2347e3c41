/** What no figure of the receiver can show. The report says so instead of leaving it out. Flow: build → here. Spec: docs/provide/report.md#errors */
export const NOT_KNOWN: readonly string[] = [
  'How much listed material the devices did not find (recall): a device sends nothing about what does not match, and the receiver has no content to compare with.',
  'How many devices checked anything: a device that never signals, because nothing matched, the order asked for no signal, or somebody changed the app, looks the same.',
  'Whether each decision was right: precision is the share of decided cases that two people confirmed, and people can be wrong. What contests showed to be wrong is counted as overturned.',
  'How often a near match alone was wrong: devices never signal one, so nobody decided about it.',
  'What became of signals under orders without a subject: they are counted and open no case.',
  'Whether errors are more frequent for some groups of people: a signal says nothing about who sent it.',
];
