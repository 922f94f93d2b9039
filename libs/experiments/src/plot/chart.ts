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
const TITLE_OFFSET = 12;
const AXIS_TITLE_FONT_SIZE = 13;
const LEGEND_LINE = 20;
const LEGEND_FONT_SIZE = 12;
const LEGEND_GAP = 24;
/** Vega without a canvas takes a character for so wide, in sizes of the font. */
const CHARACTER_WIDTH = 0.8;
/** Longer labels are cut. */
const LABEL_WIDTH_MAX = 300;
/** Of a legend's symbol and its distance to the label; strokes are longer. */
const SYMBOL_WIDTH = 20;
const STROKE_WIDTH = 40;
/** Characters of the subtitle's font that are as wide as the figure. */
const SUBTITLE_COLUMNS = 100;
/** The x axis has a tick at each measured value up to so many. */
const TICKS_MAX = 12;
/** Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers too. */
const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];
const SHAPES = ['square', 'circle', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];
const MEASURED = 'measured';
const BOUND = 'analytic bound';
const KINDS = [MEASURED, BOUND] as const;

/** A line of more values is drawn without marks: they would cover it. */
const MARKS_MAX = 40;

/** One mark of the figure. A type, not an interface: Vega-Lite takes data of any keys. */
type Point = {
  readonly x: number | string;
  readonly y: number;
  readonly series: string;
  readonly line: (typeof KINDS)[number];
};

/** The figure of a result. Rows without a number for x or y are left out of it. */
export function chartOf<S extends ParameterSpecs>(
  experiment: Experiment<S>,
  parameters: Parameters<S>,
  rows: readonly Row[],
): TopLevelSpec {
  const { title, plot } = experiment;
  const points = drawn(plot, rows).flatMap((row) => pointsOf(plot, row));
  const series = distinct(points.map((point) => point.series));
  // A choice of which systems to run is told by the legend.
  const named = [plot.series].flat();
  const without = [plot.x.column, ...named, ...named.map((column) => `${column}s`)];
  const subtitle = parameterLines(experiment.parameters, parameters, {
    without,
    columnsMax: SUBTITLE_COLUMNS,
  });
  const legends = legendsOf(series, kindsOf(points));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH,
    height: HEIGHT,
    // Without a canvas Vega guesses how wide texts are, much too wide: the room for them is ours to give.
    autosize: 'none',
    padding: {
      ...ROOM,
      top: ROOM.top + subtitle.length * SUBTITLE_LINE,
      bottom: ROOM.bottom + (legends.lines - 1) * LEGEND_LINE,
    },
    background: 'white',
    title: { text: title, subtitle, offset: TITLE_OFFSET - overhangOf(plot.y.title) },
    data: { values: points },
    encoding: {
      x: xOf(plot, points),
      y: { field: 'y', type: 'quantitative', title: plot.y.title, scale: { zero: true, nice: true } },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain: series, range: COLOURS },
        title: null,
        legend: { columns: legends.columns },
      },
    },
    layer: layersOf(points, series, legends.columns),
    config: { ...CONFIG, legend: { ...CONFIG.legend, ...legends.config } },
  };
}

function drawn({ x, sameAsFirst = [] }: PlotSpec, rows: readonly Row[]): readonly Row[] {
  const first = rows.find((row) => typeof row[x.column] === 'number');
  return rows.filter((row) => sameAsFirst.every((column) => row[column] === first?.[column]));
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

/** How far Vega takes the title of y to stand out above the axes, and would move the figure's title up. */
function overhangOf(title: string): number {
  return Math.max(0, (title.length * CHARACTER_WIDTH * AXIS_TITLE_FONT_SIZE - HEIGHT) / 2);
}

/**
 * How the legends of series and of lines are set: side by side when there is room, else one above the other;
 * as many columns as the width holds. What is wider than the figure cannot be drawn.
 */
function legendsOf(series: readonly string[], kinds: readonly Point['line'][]) {
  const widest = (labels: readonly string[], symbol: number): number => {
    const characters = Math.max(0, ...labels.map(({ length }) => length));
    const label = Math.min(LABEL_WIDTH_MAX, characters * CHARACTER_WIDTH * LEGEND_FONT_SIZE);
    return label + symbol + LEGEND_GAP;
  };
  const entry = widest(series, SYMBOL_WIDTH);
  const columns = Math.max(1, Math.min(series.length, Math.floor(WIDTH / entry)));
  const lines = Math.max(1, Math.ceil(series.length / columns));
  const ofLines = kinds.length > 1 ? kinds.length * widest(kinds, STROKE_WIDTH) : 0;
  const isBeside = columns * entry + ofLines <= WIDTH;
  const direction = isBeside ? 'horizontal' : 'vertical';
  const bottom = { anchor: 'start', direction, margin: LEGEND_GAP / 2 };
  return {
    columns,
    lines: isBeside ? lines : lines + 1,
    // Vega-Lite's types leave out what it passes on to Vega.
    config: { layout: { bottom } } as object,
  };
}

function kindsOf(points: readonly Point[]): Point['line'][] {
  return KINDS.filter((kind) => points.some(({ line }) => line === kind));
}

type Layers = Extract<TopLevelSpec, { layer: unknown }>['layer'];

function layersOf(points: readonly Point[], series: readonly string[], columns: number): Layers {
  const kinds = kindsOf(points);
  const dashes = {
    field: 'line',
    type: 'nominal',
    scale: { domain: kinds, range: kinds.map((kind) => (kind === BOUND ? [5, 4] : [1, 0])) },
    title: null,
    // One kind of line needs no telling.
    legend: kinds.length < 2 ? null : { symbolType: 'stroke', symbolSize: 500, symbolStrokeColor: '#333' },
  } as const;
  const shapes = {
    field: 'series',
    type: 'nominal',
    scale: { domain: series, range: SHAPES },
    title: null,
    legend: { columns },
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
    titleFontSize: AXIS_TITLE_FONT_SIZE,
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
    labelFontSize: LEGEND_FONT_SIZE,
    labelColor: INK,
    orient: 'bottom',
    direction: 'horizontal',
    columnPadding: LEGEND_GAP,
    offset: 12,
    labelLimit: LABEL_WIDTH_MAX,
    clipHeight: 16,
  },
  title: {
    font: FONTS,
    fontSize: 15,
    fontWeight: 'bold',
    color: INK,
    anchor: 'start',
    frame: 'group',
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
