import { z } from 'zod';
import { type EmulationSettings, FLAGS, NETWORKS } from '../../browser/emulation.ts';
import { sessionOf } from '../../browser/internals.ts';
import type { Viewport } from '../../browser/puppeteer.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { effectLines } from '../said.ts';
import { type PageContext, pageTool, SETS } from '../tool.ts';

export const emulate = pageTool({
  name: 'emulate',
  title: 'Emulate',
  description:
    'Emulates a device, network or place for the page; it stays over navigations. Each call replaces all settings but extraHttpHeaders: pass all that are wanted. Without arguments nothing is emulated any more.',
  input: z.object({
    viewport: z
      .string()
      .optional()
      .describe(
        "'<width>x<height>x<devicePixelRatio>[,mobile][,touch][,landscape]', e.g. 390x844x3,mobile,touch",
      ),
    networkConditions: z.enum(NETWORKS).optional(),
    cpuThrottlingRate: z.number().min(1).max(20).optional().describe('So many times slower.'),
    colorScheme: z.enum(['dark', 'light', 'auto']).optional(),
    geolocation: z
      .string()
      .optional()
      .describe("'<latitude>,<longitude>'; without isolation=context the site has to be allowed to ask."),
    userAgent: z.string().optional(),
    timezone: z.string().optional().describe('E.g. Europe/Berlin'),
    locale: z.string().optional().describe('E.g. de-DE'),
    extraHttpHeaders: z
      .string()
      .optional()
      .describe('A JSON object, sent with every request until another; an empty text clears it.'),
  }),
  annotations: SETS,
  run: async (context, given) => {
    const { tab, page } = context;
    const wanted = settingsOf(given, tab.emulation.now);
    const reloads = tab.emulation.reloads(wanted);
    const effects = await context.act(async (signal) => {
      await allowPlace(context, wanted);
      await tab.emulation.set(page, wanted, signal).catch((error: unknown) => {
        throw refusal(error);
      });
    });
    const { words } = tab.emulation;
    const lines = [
      words === '' ? `Nothing is emulated on page ${tab.id}.` : `Emulated on page ${tab.id}: ${words}.`,
      ...(reloads ? ['The page was loaded anew for it.'] : []),
      ...effectLines(reloads ? { ...effects, navigated: null } : effects),
    ];
    return { text: lines.join('\n') };
  },
});

/** In a context of its own nobody else is asked whether a site may know the place; elsewhere that is for people. */
async function allowPlace({ browser, page, tab }: PageContext, wanted: EmulationSettings): Promise<void> {
  const before = tab.emulation.now.geolocation !== undefined;
  const now = wanted.geolocation !== undefined;
  if (before === now || browser.seat.identity.isolation !== 'context') return;
  await sessionOf(page).send('Browser.setPermission', {
    permission: { name: 'geolocation' },
    setting: now ? 'granted' : 'prompt',
  });
}

interface Given {
  viewport?: string | undefined;
  networkConditions?: EmulationSettings['network'];
  cpuThrottlingRate?: number | undefined;
  colorScheme?: 'dark' | 'light' | 'auto' | undefined;
  geolocation?: string | undefined;
  userAgent?: string | undefined;
  timezone?: string | undefined;
  locale?: string | undefined;
  extraHttpHeaders?: string | undefined;
}

function settingsOf(given: Given, before: EmulationSettings): EmulationSettings {
  const { viewport, networkConditions, cpuThrottlingRate, colorScheme, geolocation, extraHttpHeaders } =
    given;
  return {
    viewport: viewport ? viewportOf(viewport) : undefined,
    network: networkConditions,
    cpu: cpuThrottlingRate === 1 ? undefined : cpuThrottlingRate,
    colorScheme: colorScheme === 'auto' ? undefined : colorScheme,
    geolocation: geolocation ? placeOf(geolocation) : undefined,
    userAgent: given.userAgent || undefined,
    timezone: given.timezone || undefined,
    locale: given.locale || undefined,
    headers: extraHttpHeaders === undefined ? before.headers : headersOf(extraHttpHeaders),
  };
}

function viewportOf(text: string): Viewport {
  const [size = '', ...flags] = text.split(',').map((part) => part.trim());
  const [, width, height, ratio = '1'] = /^(\d{1,5})x(\d{1,5})(?:x(\d{1,2}(?:\.\d+)?))?$/.exec(size) ?? [];
  const known = flags.every((flag) => flag in FLAGS);
  if (!known || !Number(width) || !Number(height) || !Number(ratio)) {
    throw wrong('viewport', text, '390x844x3,mobile,touch');
  }
  return {
    width: Number(width),
    height: Number(height),
    deviceScaleFactor: Number(ratio),
    isMobile: flags.includes('mobile'),
    hasTouch: flags.includes('touch'),
    isLandscape: flags.includes('landscape'),
  };
}

function placeOf(text: string): { latitude: number; longitude: number } {
  const [latitude, longitude, ...more] = text
    .split(/[,x]/)
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const within = (value: number | undefined, limit: number) =>
    value !== undefined && Math.abs(value) <= limit;
  if (more.length > 0 || !within(latitude, 90) || !within(longitude, 180)) {
    throw wrong('geolocation', text, '52.52,13.40');
  }
  return { latitude: latitude ?? 0, longitude: longitude ?? 0 };
}

function headersOf(text: string): Record<string, string> | undefined {
  if (text.trim() === '') return undefined;
  const parsed = z.record(z.string(), z.string()).safeParse(jsonOf(text));
  if (!parsed.success) throw wrong('extraHttpHeaders', text, '{"X-Custom": "value"}');
  return Object.keys(parsed.data).length === 0 ? undefined : parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(name: string, text: string, example: string): ToolError {
  return new ToolError(
    `${JSON.stringify(text.slice(0, 100))} is no ${name}; nothing was changed.`,
    `Call emulate with one such as ${example}`,
  );
}

function refusal(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  if (!/invalid|already in effect/i.test(message)) return error;
  const next = /already in effect/i.test(message)
    ? 'Somebody else emulates another on a page of the same process. Leave it out, or call it again later.'
    : 'Mend it and call emulate again with all settings.';
  return new ToolError(`The browser does not take it: ${message}.`, next, error);
}
