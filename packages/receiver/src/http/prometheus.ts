/** Writes metrics in Prometheus' text format 0.0.4. Pure. Flow: metrics → here. Spec: docs/provide/operations.md#metrics */
export type Labels = Readonly<Record<string, string>>;

export interface Metric {
  /** Letters, digits and `_`. */
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: readonly (readonly [labels: Labels, value: number])[];
}

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function printMetrics(metrics: readonly Metric[]): string {
  return metrics.map(printMetric).join('');
}

function printMetric({ name, help, type, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${printLabels(labels)} ${value}`);
  return [`# HELP ${name} ${escape(help)}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
