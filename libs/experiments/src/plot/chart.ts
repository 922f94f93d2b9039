/**
 * A figure as a Vega-Lite specification (Satyanarayan et al., "Vega-Lite: A Grammar of Interactive Graphics",
 * 2017): a line for each series, its bound dashed in the same colour. Draws nothing itself.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { Experiment, PlotSpec, Row } from '../experiment.ts';
import type { Parameters, ParameterSpecs } from '../parameters.ts';
import { parameterLines } from './parameter-lines.ts';

/** First of these fonts that a viewer has. The PNG is drawn with the first, which is a dependency. */
export const FONTS = "'DejaVu Sans', Verdana, sans-serif";

const WIDTH = 520;
const HEIGHT = 320;
/** Pixels around the axes: labels and title of y on the left, those of x and the legend below. */
const ROOM = { left: 60, right: 24, top: 56, bottom: 88 };
const SUBTITLE_LINE = 14;
/** Characters of the subtitle's font that are as wide as the figure. */
const SUBTITLE_COLUMNS = 100;
/** The x axis has a tick at each measured value up to so many. */
const TICKS_MAX = 12;
/** Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers too. */
const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];
const SHAPES = ['square', 'circle', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];
const MEASURED = 'measured';
const BOUND = 'analytic bound';

/** A line of more values is drawn without marks: they would cover it. */
const MARKS_MAX = 40;

/** One mark of the figure. A type, not an interface: Vega-Lite takes data of any keys. */
type Point = {
  readonly x: number | string;
  readonly y: number;
  readonly series: string;
  readonly line: typeof MEASURED | typeof BOUND;
};

/** The figure of a result. Rows without a number for x or y are left out of it. */
export function chartOf<S extends ParameterSpecs>(
  experiment: Experiment<S>,
  parameters: Parameters<S>,
  rows: readonly Row[],
): TopLevelSpec {
  const { title, plot } = experiment;
  const points = rows.flatMap((row) => pointsOf(plot, row));
  const series = distinct(points.map((point) => point.series));
  // A choice of which systems to run is told by the legend.
  const named = [plot.series].flat();
  const without = [plot.x.column, ...named, ...named.map((column) => `${column}s`)];
  const subtitle = parameterLines(experiment.parameters, parameters, {
    without,
    columnsMax: SUBTITLE_COLUMNS,
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH,
    height: HEIGHT,
    // Without a canvas Vega guesses how wide texts are, much too wide: the room for them is ours to give.
    autosize: 'none',
    padding: { ...ROOM, top: ROOM.top + subtitle.length * SUBTITLE_LINE },
    background: 'white',
    title: { text: title, subtitle },
    data: { values: points },
    encoding: {
      x: xOf(plot, points),
      y: { field: 'y', type: 'quantitative', title: plot.y.title, scale: { zero: true, nice: true } },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain: series, range: COLOURS },
        title: null,
      },
    },
    layer: layersOf(points, series),
    config: CONFIG,
  };
}

function pointsOf(plot: PlotSpec, row: Row): Point[] {
  const x = row[plot.x.column] ?? null;
  if (x === null) return [];
  const series = [plot.series]
    .flat()
    .map((column) => String(row[column]))
    .join(', ');
  const at = (column: string | undefined, line: Point['line']): Point[] => {
    const y = column === undefined ? null : row[column];
    return typeof y === 'number' ? [{ x, y: y * (plot.y.scale ?? 1), series, line }] : [];
  };
  return [...at(plot.y.column, MEASURED), ...at(plot.bound, BOUND)];
}

function xOf(plot: PlotSpec, points: readonly Point[]): object {
  const values = distinct(points.map(({ x }) => x));
  const isNumeric = values.every((value) => typeof value === 'number');
  const field = { field: 'x', title: plot.x.title };
  if (!isNumeric) return { ...field, type: 'ordinal', sort: null };
  // The format of an axis follows from the distances of its values: a single one has none.
  const format = values.length === 1 ? { format: '~g' } : {};
  const axis = values.length <= TICKS_MAX ? { values, ...format } : {};
  const kind = plot.x.isLogarithmic === true ? { type: 'log', base: 2 } : { zero: false };
  const scale = { ...kind, nice: false, padding: 14 };
  return { ...field, type: 'quantitative', scale, axis };
}

type Layers = Extract<TopLevelSpec, { layer: unknown }>['layer'];

function layersOf(points: readonly Point[], series: readonly string[]): Layers {
  const kinds = [MEASURED, BOUND].filter((kind) => points.some(({ line }) => line === kind));
  const dashes = {
    field: 'line',
    type: 'nominal',
    scale: { domain: kinds, range: kinds.map((kind) => (kind === BOUND ? [5, 4] : [1, 0])) },
    title: null,
    legend: { symbolType: 'stroke', symbolSize: 500, symbolStrokeColor: '#333' },
  } as const;
  const shapes = {
    field: 'series',
    type: 'nominal',
    scale: { domain: series, range: SHAPES },
    title: null,
  } as const;
  const only = (line: Point['line']) => [{ filter: { field: 'line', equal: line } }];
  // One value of x makes no line: its bound is a short stroke instead.
  const values = distinct(points.map(({ x }) => x)).length;
  const isSingle = values < 2;
  const marks: Layers = [
    {
      transform: only(MEASURED),
      mark: { type: 'point', filled: true, size: 60, opacity: 1 },
      encoding: { shape: shapes },
    },
  ];
  return [
    { mark: { type: 'line', strokeWidth: 2 }, encoding: { strokeDash: dashes } },
    ...(values <= MARKS_MAX ? marks : []),
    ...(isSingle ? [{ transform: only(BOUND), mark: STROKE }] : []),
  ];
}

const STROKE = { type: 'tick', orient: 'horizontal', size: 40, thickness: 2, opacity: 1 } as const;

const INK = '#333333';
const FONT = { labelFont: FONTS, titleFont: FONTS };
const CONFIG = {
  font: FONTS,
  view: { stroke: null },
  axis: {
    ...FONT,
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: '#E6E6E6',
    titlePadding: 10,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false },
  legend: {
    ...FONT,
    labelFontSize: 12,
    labelColor: INK,
    orient: 'bottom',
    direction: 'horizontal',
    columnPadding: 24,
    offset: 12,
    labelLimit: 300,
    clipHeight: 16,
  },
  title: {
    font: FONTS,
    fontSize: 15,
    fontWeight: 'bold',
    color: INK,
    anchor: 'start',
    frame: 'group',
    offset: 4,
    subtitleFont: FONTS,
    subtitleFontSize: 10,
    subtitleColor: '#666666',
    subtitlePadding: 6,
    subtitleLineHeight: SUBTITLE_LINE,
  },
} as const;

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
