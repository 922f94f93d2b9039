/** A running rack for Prometheus (text exposition format 0.0.4). */
import type { LiveRack } from './live-rack.ts';

type Labels = Readonly<Record<string, string | number>>;

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [labels: Labels, value: number])[];
}

/** All metrics of a rack. Counters start anew with each rack. */
export function metricsText(live: LiveRack): string {
  return [...operationMetrics(live), ...serverMetrics(live), ...switchMetrics(live), ...rackMetrics(live)]
    .map(formatMetric)
    .join('');
}

function operationMetrics({ rack, figures }: LiveRack): Metric[] {
  const total = (counter: 'started' | 'ok' | 'failed' | 'unknown' | 'shed'): number =>
    rack.clients.reduce((sum, node) => sum + node.core.counters[counter], 0);
  return [
    {
      name: 'ballast_operations_started_total',
      type: 'counter',
      help: 'Operations that came to the load generators.',
      samples: [[{}, total('started')]],
    },
    {
      name: 'ballast_operations_total',
      type: 'counter',
      help: 'Operations of the load generators that ended, by outcome; shed ones were never sent.',
      samples: (['ok', 'failed', 'unknown', 'shed'] as const).map((outcome) => [{ outcome }, total(outcome)]),
    },
    {
      name: 'ballast_operation_latency_seconds',
      type: 'gauge',
      help: 'Latency of the operations that ended in the last second, from when they were meant to be sent.',
      samples: [
        [{ quantile: 0.5 }, figures.p50Us / 1e6],
        [{ quantile: 0.99 }, figures.p99Us / 1e6],
      ],
    },
  ];
}

function serverMetrics({ rack, figures }: LiveRack): Metric[] {
  return [
    {
      name: 'ballast_server_busy_seconds_total',
      type: 'counter',
      help: 'Emulated CPU time that a server spent on requests.',
      samples: rack.servers.map((node, server) => [{ server }, node.stats.busyNs / 1e9]),
    },
    {
      name: 'ballast_server_queue_frames',
      type: 'gauge',
      help: 'Frames that wait at a server or are in service.',
      samples: figures.servers.map(({ id, queue }) => [{ server: id }, queue]),
    },
  ];
}

function switchMetrics({ rack }: LiveRack): Metric[] {
  const { switchNode, controllerCounters } = rack;
  const counters = switchNode.isUp ? switchNode.core.counters : null;
  return [
    {
      name: 'ballast_switch_frames_total',
      type: 'counter',
      help: 'Frames by what the switch did with them; copied ones are those of multicasts.',
      samples: (['forwarded', 'copied', 'dropped'] as const).map((outcome) => [
        { outcome },
        counters?.[outcome] ?? 0,
      ]),
    },
    {
      name: 'ballast_directory_entries',
      type: 'gauge',
      help: 'Hot keys in the directory of the switch.',
      samples: [[{}, rack.hotKeys().length]],
    },
    {
      name: 'ballast_directory_transitions_total',
      type: 'counter',
      help: 'Keys that entered and left the directory.',
      samples: [
        [{ kind: 'promotion' }, controllerCounters.promotions],
        [{ kind: 'demotion' }, controllerCounters.demotions],
      ],
    },
  ];
}

function rackMetrics({ rack, figures, hosts }: LiveRack): Metric[] {
  const { phase, workload, system } = figures;
  return [
    {
      name: 'ballast_rack_info',
      type: 'gauge',
      help: 'What the rack is running.',
      samples: [[{ phase, workload, system }, 1]],
    },
    {
      name: 'ballast_rack_time_seconds',
      type: 'counter',
      help: 'Time of the rack since it started.',
      samples: [[{}, rack.kernel.now / 1e9]],
    },
    {
      name: 'ballast_rack_lag_seconds',
      type: 'gauge',
      help: 'How far the time of the rack was behind the clock at most in the last second.',
      samples: [[{}, figures.lagMs / 1e3]],
    },
    {
      name: 'ballast_hosts_attached',
      type: 'gauge',
      help: 'Hosts from outside on spare ports of the switch.',
      samples: [[{}, hosts.attached.length]],
    },
  ];
}

function formatMetric({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
