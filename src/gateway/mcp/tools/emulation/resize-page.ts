import { z } from 'zod';
import { viewportWords } from '../../browser/emulation.ts';
import type { Page } from '../../browser/puppeteer.ts';
import { pageTool, SETS } from '../tool.ts';

/** How long a window may take to be of another size, milliseconds. */
const WAIT = 1000;

const SIDE = z.number().int().min(1).max(10_000);

export const resizePage = pageTool({
  name: 'resize_page',
  title: 'Resize page',
  description: 'Resizes the window of the page so that its content has these dimensions.',
  input: z.object({ width: SIDE, height: SIDE }),
  annotations: SETS,
  run: async ({ page, tab, signal }, { width, height }) => {
    const { viewport } = tab.emulation.now;
    if (viewport) {
      // The window does not show while a viewport is emulated in its place.
      const wanted = { ...tab.emulation.now, viewport: { ...viewport, width, height } };
      await tab.emulation.set(page, wanted, signal);
      const now = viewportWords({ ...viewport, width, height });
      return {
        text: `The emulated viewport of page ${tab.id} is ${now} now. Call emulate without one to end that.`,
      };
    }
    const refused = await page.resize({ contentWidth: width, contentHeight: height }).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (refused === null && (await isOf(page, width, height))) {
      return { text: `Page ${tab.id} is ${width}x${height} now.` };
    }
    const set = { width, height, deviceScaleFactor: await page.evaluate(() => devicePixelRatio) };
    await tab.emulation.set(page, { ...tab.emulation.now, viewport: set }, signal);
    const why =
      refused === null ? 'its window cannot be of that size' : `its window cannot be resized (${refused})`;
    return {
      text: `Page ${tab.id} is ${width}x${height} now, by emulation: ${why}. Call emulate without a viewport to end that.`,
    };
  },
});

/** Whether it has that size, or gets it soon. */
function isOf(page: Page, width: number, height: number): Promise<boolean> {
  return page.evaluate(
    (wide, high, wait) =>
      new Promise<boolean>((resolve) => {
        const look = () => innerWidth === wide && innerHeight === high;
        if (look()) return resolve(true);
        const onResize = () => {
          if (look()) resolve(true);
        };
        addEventListener('resize', onResize);
        setTimeout(() => {
          removeEventListener('resize', onResize);
          resolve(look());
        }, wait);
      }),
    width,
    height,
    WAIT,
  );
}
