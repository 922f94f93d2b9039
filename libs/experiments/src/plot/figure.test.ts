import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Experiment, Row } from '../experiment.ts';
import { parseParameters } from '../parameters.ts';
import { figureOf } from './figure.ts';

const PARAMETERS = {
  servers: { kind: 'integer', help: 'servers', min: 1, max: 32, default: 28 },
  zipf: { kind: 'numbers', help: 'skews', min: 0, max: 3, default: [0, 1.2] },
} as const;

const EXPERIMENT: Experiment<typeof PARAMETERS> = {
  name: 'sample',
  title: 'Throughput & skew',
  about: 'A figure for tests.',
  parameters: PARAMETERS,
  plot: {
    x: { column: 'zipf', title: 'Zipf exponent' },
    y: { column: 'throughput', title: 'throughput (Mops/s)', scale: 1e-6 },
    series: 'system',
    bound: 'bound',
  },
  points: () => [],
};

const ROWS: readonly Row[] = [
  { system: 'hashing', zipf: 0, throughput: 4e6, bound: 4.2e6 },
  { system: 'pegasus', zipf: 0, throughput: 4e6, bound: 4.2e6 },
  { system: 'hashing', zipf: 1.2, throughput: 1e6, bound: 1.1e6 },
  { system: 'pegasus', zipf: 1.2, throughput: null, bound: 4.2e6 },
];

const figure = await figureOf(EXPERIMENT, parseParameters(PARAMETERS, {}), ROWS);

/** What the figure says of its marks to readers that cannot see it: 'Zipf exponent: 0; ...'. */
function marksOf(svg: string, role: string): string[] {
  const mark = new RegExp(`aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="${role}"`, 'g');
  return [...svg.matchAll(mark)].map(([, label]) => label ?? '');
}

test('figure: the SVG has title, parameters, axis titles and the names of the series', () => {
  const texts = [...figure.svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  for (const text of [
    'Throughput &amp; skew',
    'servers 28',
    'Zipf exponent',
    'throughput (Mops/s)',
    'hashing',
    'pegasus',
    'measured',
    'analytic bound',
  ]) {
    assert.ok(texts.includes(text), `${text} in ${texts.join(' | ')}`);
  }
});

test('figure: a solid line for each series, a dashed one of the same colour for its bound', () => {
  const lines = [...figure.svg.matchAll(/<path aria-label="[^"]*" role="graphics-symbol"[^>]*>/g)]
    .map(([path]) => path)
    .filter((path) => path.includes('line mark'))
    .map((path) => ({
      colour: /stroke="([^"]*)"/.exec(path)?.[1],
      isDashed: /stroke-dasharray="5,4"/.test(path),
    }));
  const colours = [...new Set(lines.map(({ colour }) => colour))];
  assert.equal(colours.length, 2);
  for (const colour of colours) {
    const dashes = lines.filter((line) => line.colour === colour).map(({ isDashed }) => isDashed);
    assert.deepEqual(dashes.sort(), [false, true]);
  }
});

test('figure: a point for every measured value, none where there is no number', () => {
  assert.equal(marksOf(figure.svg, 'point').length, 3);
});

test('figure: values are scaled to the unit of the axis', () => {
  assert.ok(marksOf(figure.svg, 'point').some((label) => /throughput \(Mops\/s\): 4\b/.test(label)));
});

test('figure: the PNG has the signature and the size of the SVG, three pixels for one', () => {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  assert.deepEqual([...figure.png.subarray(0, 8)], signature);
  const view = new DataView(figure.png.buffer, figure.png.byteOffset);
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(figure.svg) ?? [];
  assert.deepEqual([view.getUint32(16), view.getUint32(20)], [Number(width) * 3, Number(height) * 3]);
});

test('figure: the PNG shows text: without its title it takes fewer bytes', async () => {
  const untitled = await figureOf({ ...EXPERIMENT, title: '' }, parseParameters(PARAMETERS, {}), ROWS);
  assert.ok(untitled.png.length < figure.png.length);
});

test('figure: one value of x shows its bound as a stroke', async () => {
  const single = await figureOf(EXPERIMENT, parseParameters(PARAMETERS, {}), ROWS.slice(0, 2));
  assert.equal(marksOf(single.svg, 'tick').length, 2);
  assert.match(single.svg, />0<\/text>/);
});

test('figure: no rows at all still give a figure', async () => {
  const empty = await figureOf(EXPERIMENT, parseParameters(PARAMETERS, {}), []);
  assert.match(empty.svg, /Zipf exponent/);
  assert.equal(empty.csv, '');
});

for (const [count, name] of [
  [2, 'short'],
  [7, 'pegasus, random'],
  [7, 'a_name_that_takes_half_of_the_figure'],
  [2, 'a_name_that_is_longer_than_the_whole_figure_is_wide_and_must_be_cut_somewhere_or_there_is_none'],
] as const) {
  test(`figure: a legend of ${count} like ${name} stays within it`, async () => {
    const rows = Array.from({ length: count }, (_, i): Row[] => [
      { system: `${i} ${name}`, zipf: 0, throughput: 1e6, bound: 2e6 },
      { system: `${i} ${name}`, zipf: 1.2, throughput: 1e6, bound: 2e6 },
    ]).flat();
    const { svg, png } = await figureOf(EXPERIMENT, parseParameters(PARAMETERS, {}), rows);
    assert.ok(png.length > 0);
    for (let i = 0; i < count; i++) assert.ok(svg.includes(`${i} ${name.slice(0, 20)}`));
    assert.ok(svg.includes('analytic bound'));
  });
}

test('figure: of several groups of rows only the first is drawn, where a figure says so', async () => {
  const plot = { ...EXPERIMENT.plot, sameAsFirst: ['fault'] };
  const summary = { system: 'pegasus', zipf: null, throughput: 1, fault: 'none' };
  const rows = [summary, ...['server', 'switch'].flatMap((fault) => ROWS.map((row) => ({ ...row, fault })))];
  const { svg } = await figureOf({ ...EXPERIMENT, plot }, parseParameters(PARAMETERS, {}), rows);
  assert.equal(marksOf(svg, 'point').length, 3);
});
