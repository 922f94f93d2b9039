/**
 * Draws figures. Vega, Vega-Lite and resvg take half a second to load, so they are imported when the first
 * figure is drawn and not before.
 */
import { fileURLToPath } from 'node:url';
import type { TopLevelSpec } from 'vega-lite';

const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
/** Pixels of the PNG for one of the SVG: enough for a column of a printed page. */
const PIXEL_RATIO = 3;

/** The figure as an SVG document. Text stays text: the viewer's fonts show it. */
export async function renderSvg(chart: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile(chart);
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** An SVG document as a PNG file, drawn with fonts that come with us: a server has none. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const fontFiles = FONT_FILES.map((file) =>
    fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${file}`)),
  );
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PIXEL_RATIO },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  });
  return resvg.render().asPng();
}
